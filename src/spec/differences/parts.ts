import { canonicalJson } from '../../hash.js';
import {
  bookkeepingFields,
  type LockedPackage,
  type LockHalf,
  packageKey,
  placeFields,
} from '../../model/lock-half.js';
import type { Lock, Manifest, ManifestAbsent, ManifestFile, ManifestRun, ManifestStep } from '../document/schema.js';

/** What an environment is built from: a manifest, and the lock that it was resolved to. */
export interface Locked {
  readonly manifest: Manifest;
  readonly lock: Lock;
}

/** One thing of a spec that another spec may have otherwise, or not at all. */
export type SpecPart =
  | { readonly kind: 'base'; readonly value: Manifest['base'] }
  | { readonly kind: 'package'; readonly of: string; readonly value: readonly LockedPackage[] }
  | { readonly kind: 'settings'; readonly of: string; readonly value: LockHalf }
  | { readonly kind: 'file'; readonly value: ManifestFile }
  | { readonly kind: 'absent'; readonly value: ManifestAbsent }
  | { readonly kind: 'step'; readonly value: ManifestStep }
  | { readonly kind: 'variable'; readonly name: string; readonly value: string }
  | { readonly kind: 'runs'; readonly value: readonly ManifestRun[] };

/** All parts by keys that say the same in every spec, in the order in which they are put in place. */
export function partsOf({ manifest, lock }: Locked): Map<string, SpecPart> {
  const parts = new Map<string, SpecPart>();
  const add = (part: SpecPart, ...key: readonly (string | undefined)[]) =>
    parts.set(JSON.stringify([part.kind, ...key]), part);
  add({ kind: 'base', value: manifest.base });
  for (const half of lock.distributions) {
    add({ kind: 'settings', of: half.name, value: half }, half.name);
    for (const [key, value] of byName(half)) add({ kind: 'package', of: half.name, value }, half.name, key);
  }
  for (const value of manifest.absent ?? []) add({ kind: 'absent', value }, value.path);
  for (const value of manifest.files) add({ kind: 'file', value }, value.path);
  for (const value of manifest.steps ?? []) add({ kind: 'step', value }, value.id);
  const [run] = manifest.runs;
  for (const [name, value] of Object.entries(run?.environment ?? {})) add({ kind: 'variable', name, value }, name);
  add({ kind: 'runs', value: manifest.runs });
  return parts;
}

/** Packages by what they are called: of some managers several versions of one may be installed. */
function byName(half: LockHalf): Map<string, LockedPackage[]> {
  const found = new Map<string, LockedPackage[]>();
  for (const each of half.packages ?? []) {
    const key = packageKey(each, half);
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return found;
}

/** What of a part makes a difference to what is built. */
function essenceOf(part: SpecPart): unknown {
  switch (part.kind) {
    case 'package':
      return part.value.map((each) =>
        Object.fromEntries(Object.entries(each).filter(([key]) => !bookkeepingFields.has(key))),
      );
    case 'settings':
      return settingsIn(part.value);
    case 'runs':
      return part.value.map(({ cwd, user, umask, inputs, outputs }) => ({
        ...{ cwd, user, umask },
        inputs: inputs.map(({ path, sha256 }) => ({ path, sha256 })),
        outputs: outputs.map(({ path }) => path),
      }));
    case 'file':
    case 'absent': {
      const { why: _said, ...value } = part.value;
      return value;
    }
    default:
      return part.value;
  }
}

/** Of a half all but its packages and their places. */
export function settingsIn(half: LockHalf): Record<string, unknown> {
  const others = Object.entries(half).filter(([key]) => key !== 'packages' && !placeFields.includes(key));
  return Object.fromEntries(others);
}

export function isSamePart(one: SpecPart | undefined, other: SpecPart | undefined): boolean {
  if (!one || !other) return one === other;
  return canonicalJson(essenceOf(one)) === canonicalJson(essenceOf(other));
}
