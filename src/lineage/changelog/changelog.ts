import { comparePackages, type PackageChange } from '../../comparison/packages.js';
import { collectSources } from '../../sources/collect.js';
import type { ReadOptions, Source } from '../../sources/source.js';
import { packagesByPaths } from '../packages/by-paths.js';
import { compareFiles, type FileChanges } from './files.js';

/** From one version to the next. */
export interface ChangelogStep {
  readonly before: string;
  readonly after: string;
  readonly packages: readonly PackageChange[];
  readonly files: FileChanges;
}

export interface Changelog {
  readonly versions: readonly string[];
  readonly steps: readonly ChangelogStep[];
  /** Versions that tell no packages: theirs are by the names of records, versions of some not known. */
  readonly byPaths: readonly string[];
}

/** What changed between each version and the next, in the order in which they are given. */
export async function changelogOf(sources: readonly Source[], options: ReadOptions): Promise<Changelog> {
  const { trie, facts } = await collectSources(sources, options);
  const versions = [...facts.keys()];
  const byPaths = versions.filter((name) => facts.get(name)?.packages === undefined);
  const seen = byPaths.length > 0 ? packagesByPaths(trie) : new Map();
  const packagesOf = (name: string) => facts.get(name)?.packages ?? seen.get(name) ?? [];
  const steps: ChangelogStep[] = [];
  for (const [at, after] of versions.entries()) {
    const before = versions[at - 1];
    if (before === undefined) continue;
    const packages = await comparePackages(packagesOf(before), packagesOf(after));
    steps.push({ before, after, packages, files: compareFiles(trie, before, after) });
  }
  return { versions, steps, byPaths };
}
