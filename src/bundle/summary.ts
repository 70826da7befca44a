import { stat } from 'node:fs/promises';
import { isoDate } from '../model/epoch.js';
import type { Manifest } from '../spec/document/schema.js';
import type { BundledPackage, BundledStandIn } from './format.js';
import { readHead } from './read.js';

/** What a bundle holds, for people and `--json`. */
export interface BundleSummary {
  readonly file: string;
  /** Bytes of the bundle. */
  readonly size: number;
  readonly epoch: string;
  readonly base: Manifest['base'];
  readonly runs: readonly { readonly id: string; readonly command: readonly string[] }[];
  /** Artifacts by the distribution of their packages, and the spec with what it carries. */
  readonly kinds: readonly BundledKind[];
  /** Packages of which it has what was built or had by its version. */
  readonly standIns: readonly BundledStandIn[];
  /** Packages whose artifact an archive must have. */
  readonly excluded: readonly BundledPackage[];
}

export interface BundledKind {
  readonly kind: string;
  readonly files: number;
  readonly bytes: number;
  readonly excluded: number;
}

export async function summarizeBundle(file: string): Promise<BundleSummary> {
  const { index, manifest } = await readHead(file);
  const { members, standIns = [], excluded, epoch } = index;
  const artifacts = [...index.artifacts, ...standIns];
  const isOfSpec = ({ name }: { name: string }) => !name.startsWith('artifacts/');
  const names = [...new Set([...artifacts, ...excluded].map(({ distribution }) => distribution))];
  const kinds = names.map((kind): BundledKind => {
    const isOfKind = ({ distribution }: BundledPackage) => distribution === kind;
    const sizes = new Map(artifacts.filter(isOfKind).map(({ sha256, size }) => [sha256, size]));
    return { kind, ...sumOf([...sizes.values()]), excluded: excluded.filter(isOfKind).length };
  });
  const spec = { kind: 'spec', ...sumOf(members.filter(isOfSpec).map(({ size }) => size)), excluded: 0 };
  const { size } = await stat(file);
  const runs = manifest.runs.map(({ id, command }) => ({ id, command }));
  return { file, size, epoch: isoDate(epoch), base: manifest.base, runs, kinds: [...kinds, spec], standIns, excluded };
}

function sumOf(sizes: readonly number[]): Pick<BundledKind, 'files' | 'bytes'> {
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
