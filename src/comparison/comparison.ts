import { compareTags, type DiffOptions } from '../filesystem/diff/compare.js';
import type { FileComparison } from '../filesystem/diff/file-comparison.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { SourceFacts } from '../sources/facts.js';
import { comparePackages, type PackageChange } from './packages.js';
import { compareSettings, imageSettings, type SettingChange } from './settings.js';

/** Two sources with every difference named. */
export interface Comparison {
  readonly one: string;
  readonly other: string;
  /** Absent where one of them tells nothing of packages. */
  readonly packages?: readonly PackageChange[];
  readonly environment: readonly SettingChange[];
  readonly image: readonly SettingChange[];
  readonly files: FileComparison;
  /** What was asked for and cannot be said. */
  readonly notes: readonly string[];
}

/** Two tags of a trie, with what their sources tell beside their entries. */
export interface Pair {
  readonly trie: FilesystemTrie;
  readonly one: { readonly name: string; readonly facts: SourceFacts };
  readonly other: { readonly name: string; readonly facts: SourceFacts };
}

/** Compares what is known of two sources: packages, settings and files. */
export async function comparePair(pair: Pair, options: DiffOptions): Promise<Comparison> {
  const { trie, one, other } = pair;
  const files = compareTags(trie, one.name, other.name, options);
  const [before, after] = [one.facts, other.facts];
  const notes: string[] = [];
  const packages =
    before.packages && after.packages ? await comparePackages(before.packages, after.packages) : undefined;
  if (!packages && (before.packages || after.packages)) {
    notes.push(`${before.packages ? other.name : one.name} tells nothing of packages: they are not compared`);
  }
  if (files.unproved > 0) {
    notes.push(`the content of ${files.unproved} files is not known on both sides: they may differ`);
  }
  return {
    one: one.name,
    other: other.name,
    ...(packages && { packages }),
    environment: before.environment && after.environment ? compareSettings(before.environment, after.environment) : [],
    image: before.image && after.image ? compareSettings(imageSettings(before.image), imageSettings(after.image)) : [],
    files,
    notes,
  };
}

/** Whether nothing is known to differ; volatile paths do not count unless they are to. */
export function isEqual({ packages = [], environment, image, files }: Comparison, strict = false): boolean {
  const all = [packages, environment, image, files.changes, strict ? files.volatile : []];
  return all.every((changes) => changes.length === 0);
}
