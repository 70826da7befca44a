import type { Machine } from '../machines/machine.js';
import { type ClassCounts, countClasses } from '../model/classes.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Owner, OwnerState, PackageRef } from '../model/owner.js';
import { identify } from './identify.js';
import type { FoundPaths } from './look-at.js';
import { describeOverlaps } from './overlaps.js';

/** What one path is, for people and for `--json`. */
export interface IdentifiedPath {
  readonly path: string;
  readonly class: OwnerState | 'absent';
  readonly package?: PackageRef;
  readonly sharedWith?: readonly PackageRef[];
  /** The path under which the package lists it, where that is another. */
  readonly listedAs?: string;
  readonly rule?: string;
  readonly onCreate?: 'regenerate' | 'carry';
}

export interface Identified {
  readonly machine: string;
  readonly paths: readonly IdentifiedPath[];
  /** How many are of each class, of those that are there. */
  readonly classes: ClassCounts;
  readonly absent: number;
  readonly notes: readonly string[];
}

/** Says what each of the paths is, and nothing more. */
export async function identifyPaths(
  machine: Machine,
  { accesses, seen }: FoundPaths,
  options: { readonly verify?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Identified> {
  const { owners, overlaps, problems } = await identify(machine, accesses, { ...options, seen });
  const there: { owner: Owner }[] = [];
  const paths = accesses.map(({ path, uses }): IdentifiedPath => {
    const owner = owners.get(path) ?? { path, state: 'loose' };
    if (uses[0] === 'absent') return rowOf(path, 'absent', owner);
    there.push({ owner });
    return rowOf(path, owner.state, owner);
  });
  const missing = accesses.length - there.length;
  const notes = [...problems, ...describeOverlaps(overlaps)];
  return { machine: machine.label, paths, classes: countClasses(there), absent: missing, notes };
}

function rowOf(path: FilePath, kind: IdentifiedPath['class'], owner: Owner): IdentifiedPath {
  const { package: of, sharedWith, listedAs, rule, onCreate } = owner;
  const row: Writable<IdentifiedPath> = { path: showPath(path), class: kind };
  if (of) row.package = of;
  if (sharedWith) row.sharedWith = sharedWith;
  if (listedAs !== undefined) row.listedAs = showPath(listedAs);
  if (rule !== undefined && rule !== 'absent') row.rule = rule;
  if (onCreate) row.onCreate = onCreate;
  return row;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
