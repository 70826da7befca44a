import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, isWithin } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { ManifestFile } from '../document/schema.js';
import type { ComparablePackage, ComparableSpec, RequestedPackage } from './comparable.js';
import { isSameValue } from './fields.js';
import type { Satisfaction, Unsatisfied } from './schema.js';

/** Whether one spec has all that the other asks for, as its manifest says it. */
export async function satisfies(one: ComparableSpec, other: ComparableSpec): Promise<Satisfaction> {
  const there = one.installed ?? one.requested;
  const asked = other.requested.length + other.files.length + other.paths.length + other.absent.length;
  const unsatisfied = [
    ...baseUnsatisfied(one, other),
    ...other.requested.flatMap((request) => packageUnsatisfied(request, there, one.base?.architecture)),
    ...(await filesUnsatisfied(one, other)),
    ...stepsUnsatisfied(one, other),
  ];
  return {
    version: 1,
    specs: [one.name, other.name],
    satisfied: unsatisfied.length === 0,
    asked: asked + other.steps.length + (other.base && one.base ? 1 : 0),
    unsatisfied,
  };
}

function baseUnsatisfied({ base: has }: ComparableSpec, { base: wants }: ComparableSpec): Unsatisfied[] {
  if (!has || !wants) return [];
  const fields = ['distribution', 'release', 'architecture'] as const;
  if (fields.every((field) => has[field] === wants[field])) return [];
  const [found, request] = [has, wants].map((base) => fields.map((field) => base[field]).join(' '));
  return [{ kind: 'base', request: request ?? '', found: found === undefined ? [] : [found] }];
}

function packageUnsatisfied(
  request: RequestedPackage,
  there: readonly ComparablePackage[],
  usual: string | undefined,
): Unsatisfied[] {
  const { distribution, text, at } = request;
  const named = there.filter((each) => each.distribution === distribution && isNamed(each, request));
  if (named.some((each) => isAt(each, at) && isAllowed(request, each, usual))) return [];
  const found = named.map((each) => showFound(each)).sort();
  return [
    { kind: 'package', distribution, request: text, ...(at !== undefined && { at }), found: [...new Set(found)] },
  ];
}

/** What says itself what it is needs no name; where only one of them says so, the name counts. */
function isNamed(each: ComparablePackage, { name, identity }: RequestedPackage): boolean {
  return identity !== undefined && each.identity !== undefined ? identity === each.identity : name === each.name;
}

/** Packages of an environment lie somewhere in its folder. */
function isAt(each: ComparablePackage, at: string | undefined): boolean {
  if (at === undefined || each.at === at) return true;
  return each.at !== undefined && isWithin(documentPath(each.at), documentPath(at));
}

/** What is only asked for has no version yet: it does for the same request, and for one that takes any. */
function isAllowed(request: RequestedPackage, each: ComparablePackage, usual: string | undefined): boolean {
  const { version, build, recorded, architecture = recorded ?? usual } = each;
  if (version !== undefined) return request.allows({ version, build, architecture: recorded ?? architecture });
  if (request.architecture !== undefined && request.architecture !== architecture) return false;
  return request.version === undefined && (request.constraint ?? each.constraint) === each.constraint;
}

function showFound({ version, constraint, architecture, build, at }: ComparablePackage): string {
  const parts = [
    version ?? `any version${constraint ?? ''}`,
    build,
    architecture,
    at === undefined ? undefined : `in ${at}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

async function filesUnsatisfied(one: ComparableSpec, other: ComparableSpec): Promise<Unsatisfied[]> {
  if (other.files.length + other.paths.length + other.absent.length === 0) return [];
  const entries = new Map<FilePath, FileEntry>();
  for await (const entry of one.snapshot()) entries.set(entry.path, entry);
  const listed = new Map(one.files.map((file) => [file.path, file]));
  const paths = new Set(one.paths);
  const named: readonly Pick<ManifestFile, 'path' | 'sha256' | 'target'>[] = other.paths.map((path) => ({ path }));
  const missing = [...other.files, ...named].flatMap(({ path, sha256, target }): Unsatisfied[] => {
    const [own, entry] = [listed.get(path), entries.get(documentPath(path))];
    if (!own && !entry && !paths.has(path)) return [{ kind: 'file', request: path, found: [] }];
    const has = { hash: own?.sha256 ?? entry?.hash, target: own?.target ?? entry?.target };
    if ((sha256 ?? has.hash) === has.hash && (target ?? has.target) === has.target) return [];
    const request = `${path} ${sha256 ?? target ?? ''}`.trimEnd();
    return [{ kind: 'file', request, found: [has.hash ?? has.target ?? 'another'] }];
  });
  const unwanted = other.absent.flatMap(({ path }): Unsatisfied[] => {
    const isThere = listed.has(path) || entries.has(documentPath(path));
    return isThere ? [{ kind: 'absent', request: path, found: [path] }] : [];
  });
  return [...missing, ...unwanted];
}

/** The same step, or all that it leaves. */
function stepsUnsatisfied(one: ComparableSpec, other: ComparableSpec): Unsatisfied[] {
  return other.steps.flatMap((step): Unsatisfied[] => {
    const { id, why: _said, ...wanted } = step;
    const isDone = one.steps.some(({ id: _other, why: _also, ...has }) => isSameValue(has, wanted));
    return isDone ? [] : [{ kind: 'step', request: id, found: [] }];
  });
}
