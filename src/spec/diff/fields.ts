import { canonicalJson } from '../../hash.js';
import { bookkeepingFields, placeFields } from '../../model/lock-half.js';

/** What distributions call the fields of a package by which it is named. */
const naming = ['name', 'version', 'architecture', 'at', 'build'];

/** Fields that hold the hash of what was installed, as its archive has it. */
export const contentFields = ['sha256', 'md5', 'header', 'checksum', 'integrity', 'wheel'] as const;

/** Fields that say where a package can be had. */
const originFields = ['channel', 'resolved', 'remotes', 'origin', 'vendor', 'source', 'sourceVersion', 'file'];

/**
 * Fields that say of a package how it came to be there, or that follow from others: copies of what is installed, with
 * the times at which that was unpacked, are never of one hash.
 */
const recorded = [
  ...['requested', 'installer', 'optional', 'repacked', 'content', 'exact', 'unpacked', 'installing', 'owner'],
  ...['tags', 'shallow', 'index', 'folders', 'algorithm', 'files', 'only', 'checkout', 'built', 'commit', 'uuid'],
];

const ofPackages = new Set<string>([...naming, ...contentFields, ...originFields, ...recorded, ...bookkeepingFields]);

/** Fields of a half that follow from its packages, or say where they are had. */
const ofHalves = new Set<string>([
  ...['name', 'architecture', 'packages', 'accounts', ...placeFields, 'sources', 'indexes', 'requires', 'node'],
  ...['missing', 'folders', 'database', 'folder', 'links', 'documentation'],
]);

/** Fields, at any depth, that say when something was put there, or hold copies of what is there. */
const incidental = new Set(['mtime', 'rest', 'entries', 'pathFiles', 'site', 'links', 'places', 'urls']);

/** What of a package makes a difference beside what names it. */
export function detailsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return essential(fields, ofPackages);
}

/** What of a distribution's half makes a difference beside its packages. */
export function settingsOf(half: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return essential(half, ofHalves);
}

function essential(fields: Readonly<Record<string, unknown>>, others: ReadonlySet<string>) {
  const kept = Object.entries(fields).filter(([key, value]) => !others.has(key) && !isEmpty(value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutIncidental(value)]));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

function withoutIncidental(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIncidental);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key]) => !incidental.has(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutIncidental(each)]));
}

/** The keys whose values are not the same in both, in byte order. */
export function differingFields(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => !isSameValue(one[key], other[key])).sort();
}

export function isSameValue(one: unknown, other: unknown): boolean {
  return one === other || (one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other));
}
