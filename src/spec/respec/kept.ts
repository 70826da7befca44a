import { createResolver } from '../../machines/resolver.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, isWithin, parentPath, showPath } from '../../model/file-path.js';
import type { LockHalf } from '../../model/lock-half.js';
import type { OwnerState, PackageRef } from '../../model/owner.js';
import { documentPath } from '../../model/schemas.js';
import type { Manifest } from '../document/schema.js';
import { inputsOf, makesOf } from '../runs/steps.js';
import type { AccessRecord, RecordedTrace } from '../specification.js';

/** What holds of the records of a trace. */
export interface Truth {
  readonly isTrue: (access: AccessRecord) => boolean;
  /** Of what a tool makes: the package that it makes it of was in the spec, and is another one now. */
  readonly isMadeAnew: (access: AccessRecord) => boolean;
}

/**
 * Which records of a trace are still true where packages are others: what is nobody's, and what is of packages that
 * stayed. What a tool makes of others, or was looked for in vain, may be another way now.
 */
export function stillTrue(before: readonly LockHalf[], after: readonly LockHalf[]): Truth {
  const ids = (halves: readonly LockHalf[]) =>
    new Set(
      halves.flatMap(({ name: distribution, packages = [] }) =>
        packages.map((each) =>
          idOf({ ...each, distribution, at: each.at === undefined ? undefined : documentPath(each.at) }),
        ),
      ),
    );
  const [old, now] = [ids(before), ids(after)];
  const stayed = new Set([...old].filter((id) => now.has(id)));
  const isOfPackages = new Set<OwnerState>(['owned', 'modified', 'generated']);
  return {
    isTrue({ owner, uses }) {
      if (uses.includes('absent')) return false;
      return !isOfPackages.has(owner.state) || (owner.package !== undefined && stayed.has(idOf(owner.package)));
    },
    isMadeAnew({ owner }) {
      const id = owner.package && idOf(owner.package);
      return owner.state === 'generated' && id !== undefined && old.has(id) && !now.has(id);
    },
  };
}

interface Identity extends Pick<PackageRef, 'distribution' | 'name' | 'version'> {
  readonly at?: FilePath | undefined;
}

function idOf({ distribution, name, version, at = '' as FilePath }: Identity): string {
  return JSON.stringify([distribution, name, version, at]);
}

/** The trace without what is not true any more. */
export function trimTrace(trace: RecordedTrace, isTrue: Truth['isTrue']): RecordedTrace {
  return { ...trace, moved: true, accesses: trace.accesses.filter(isTrue) };
}

/** The manifest without what tools made of packages that moved. What they made of nothing in the spec is all that there is. */
export function withoutMade(
  manifest: Manifest,
  accesses: readonly AccessRecord[],
  { isMadeAnew }: Truth,
): { readonly manifest: Manifest; readonly leftOut: readonly string[] } {
  const made = new Set(accesses.filter(isMadeAnew).map(({ path }) => showPath(path)));
  const leftOut = manifest.files.filter(({ path }) => made.has(path));
  const files = manifest.files.filter((file) => !leftOut.includes(file));
  return { manifest: { ...manifest, files }, leftOut: leftOut.map(({ path }) => path) };
}

/** Of a snapshot what the spec carries and what the records name, with the ways there. */
export function trimSnapshot(
  snapshot: ReadonlyMap<FilePath, FileEntry>,
  manifest: Manifest,
  accesses: readonly AccessRecord[],
): FileEntry[] {
  const resolve = createResolver((path) => snapshot.get(path));
  const kept = new Set<FilePath>();
  const keep = (path: FilePath) => {
    for (let at = path; !kept.has(at); at = parentPath(at)) kept.add(at);
  };
  const { steps = [], runs, files } = manifest;
  const carried = [...files, ...steps.flatMap(makesOf)];
  const named = [...carried, ...runs.flatMap(({ inputs }) => inputs), ...steps.flatMap(inputsOf)];
  const trees = carried.filter(({ tree }) => tree).map(({ path }) => documentPath(path));
  const paths = [...named.map(({ path }) => documentPath(path)), ...runs.map(({ cwd }) => documentPath(cwd))];
  for (const path of [...paths, ...accesses.flatMap(({ path: asked, resolved = asked }) => [asked, resolved])]) {
    const { path: real, links } = resolve(path);
    for (const each of [path, real, ...links.map((link) => link.path)]) keep(each);
  }
  return [...snapshot.values()].filter(({ path }) => kept.has(path) || trees.some((tree) => isWithin(path, tree)));
}
