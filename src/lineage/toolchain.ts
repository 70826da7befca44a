import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { PackageFact } from '../sources/facts.js';
import type { Managers } from './packages/managers.js';
import type { Subject } from './subjects.js';
import { type Tool, tools } from './tools.js';

/** One tool in each source that has it. */
export interface ToolRow {
  readonly tool: string;
  /** Versions by source, each once; empty where only that it is there is known. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
  /** Whether all sources have it at the very same versions; undefined where the version of one is not known. */
  readonly same: boolean | undefined;
}

/** Beside systems those whose packages are named after what is in them; of others `python` may be anything. */
const installers = new Set(['conda', 'spack', 'easybuild', 'homebrew', 'nix', 'modules']);

/** Whether sources have the same interpreters, compilers and libraries: by their packages, and else by their paths. */
export function toolchainOf(subjects: readonly Subject[], trie: FilesystemTrie, managers: Managers): ToolRow[] {
  const byPath = toolsByPath(trie);
  return tools.flatMap((tool) => {
    const versions: Record<string, readonly string[]> = {};
    for (const { name, facts } of subjects) {
      const told = versionsByPackages(tool, facts.packages ?? [], managers);
      const seen = byPath.get(tool)?.get(name);
      if (told.size > 0 || seen) versions[name] = mostExact([...told, ...(seen ?? [])]);
    }
    return Object.keys(versions).length === 0
      ? []
      : [{ tool: tool.name, versions, same: isSame(Object.values(versions), subjects.length) }];
  });
}

function versionsByPackages({ packages }: Tool, facts: readonly PackageFact[], managers: Managers): Set<string> {
  const versions = facts.flatMap(({ distribution, name, version }) => {
    if (!packages.test(name)) return [];
    if (managers.get(distribution)?.isSystem) return upstreamVersion(version);
    return installers.has(distribution) ? version : [];
  });
  return new Set(versions.filter((version) => version !== ''));
}

/** The version that its makers gave it: without the epoch and the revision of a distribution. */
function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~].*$/, '');
}

function toolsByPath(trie: FilesystemTrie): Map<Tool, Map<string, Set<string>>> {
  const found = new Map<Tool, Map<string, Set<string>>>();
  const tags = trie.tags;
  const patterns = tools.flatMap((tool) => tool.paths.map((each) => ({ ...each, tool })));
  const byName = new Map<string, typeof patterns>();
  for (let node = trie.root + 1; node < trie.nodeCount; node++) {
    const name = trie.nameOf(node);
    const candidates = byName.get(name) ?? patterns.filter((each) => each.name.test(name));
    byName.set(name, candidates);
    if (candidates.length === 0) continue;
    const path = trie.pathOf(node);
    for (const { tool, path: pattern, prefix = '' } of candidates) {
      const match = pattern.exec(path);
      if (!match) continue;
      const sources = found.get(tool) ?? new Map<string, Set<string>>();
      found.set(tool, sources);
      for (const tag of trie.tagSets.tags(trie.setOf(node))) {
        const versions = sources.get(tags[tag] ?? '') ?? new Set();
        sources.set(tags[tag] ?? '', match[1] === undefined ? versions : versions.add(prefix + match[1]));
      }
    }
  }
  return found;
}

/** `3.11.2` says more than `3.11`, and a release more than the number of an interface. */
function mostExact(versions: readonly string[]): string[] {
  const isLess = (one: string) =>
    versions.some(
      (other) => other !== one && (other.startsWith(`${one}.`) || (one.includes('.so.') && !other.includes('.so.'))),
    );
  return [...new Set(versions)]
    .filter((one) => !isLess(one))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function isSame(versions: readonly (readonly string[])[], sources: number): boolean | undefined {
  if (versions.length < sources) return false;
  if (versions.some((each) => each.length === 0)) return undefined;
  return new Set(versions.map((each) => each.join())).size === 1;
}
