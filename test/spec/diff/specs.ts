import { readReproman } from '../../../src/filesystem/lists/reproman.js';
import type { FileEntry } from '../../../src/model/file-entry.js';
import type { LockHalf } from '../../../src/model/lock-half.js';
import type { ComparableSpec } from '../../../src/spec/diff/comparable.js';
import { diffSpecifications } from '../../../src/spec/diff/diff.js';
import { comparableOfReproman } from '../../../src/spec/diff/of-reproman.js';
import { comparableOf } from '../../../src/spec/diff/of-specification.js';
import type { PackageDifference, SpecDifferences } from '../../../src/spec/diff/schema.js';
import { parseManifest } from '../../../src/spec/document/manifest.js';
import type { Manifest } from '../../../src/spec/document/schema.js';
import type { Specification } from '../../../src/spec/specification.js';
import { locked } from '../differences/specs.js';

/** A spec of this project with these locks, as a trace leaves it. */
export function traced(
  halves: readonly LockHalf[],
  manifest: Partial<Manifest> = {},
  entries: readonly Partial<FileEntry>[] = [],
): Promise<ComparableSpec> {
  return comparableOf(specOf({ ...locked(halves, manifest), entries }), 'traced');
}

/** A spec that somebody wrote by hand: nothing of it is resolved. */
export async function written(text: string): Promise<ComparableSpec> {
  return comparableOf(specOf({ manifest: await parseManifest(`version: 1\n${text}`, 'written.yml') }), 'written');
}

/** A spec of ReproMan, by its distributions and what else it has. */
export async function ofReproman(text: string): Promise<ComparableSpec> {
  const read = readReproman(`# ReproMan Environment Configuration File\nversion: 0.0.1\n${text}`, 'reproman.yml');
  if (!read) throw new Error('it was not known as a spec of ReproMan');
  return comparableOfReproman(read, 'reproman');
}

function specOf(parts: {
  readonly manifest: Manifest;
  readonly lock?: Specification['lock'];
  readonly entries?: readonly Partial<FileEntry>[];
}): Specification {
  const { manifest, lock, entries = [] } = parts;
  return {
    ...{ file: '/spec.yml', manifest, lock, stale: undefined },
    contents: undefined as unknown as Specification['contents'],
    standIns: new Map(),
    async *snapshot() {
      for (const entry of entries) {
        yield { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 0, ...entry } as FileEntry;
      }
    },
    paths: async () => [],
    trace: async () => undefined,
  };
}

/** What is different of packages, in few words: `upgraded debian jq`. */
export async function packagesBetween(one: Promise<ComparableSpec>, other: Promise<ComparableSpec>): Promise<string[]> {
  return (await between(one, other)).packages.map(inFewWords);
}

export async function between(one: Promise<ComparableSpec>, other: Promise<ComparableSpec>): Promise<SpecDifferences> {
  return await diffSpecifications(await one, await other);
}

function inFewWords({ verdict, also = [], distribution, name, fields = [] }: PackageDifference): string {
  return [[verdict, ...also].join('+'), distribution, name, ...fields].join(' ');
}
