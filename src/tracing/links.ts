import type { Machine } from '../machines/machine.js';
import { createResolver, type Node, type Resolver } from '../machines/resolver.js';
import type { FileEntry } from '../model/file-entry.js';
import { type FilePath, parentPath } from '../model/file-path.js';

/** What is known of a machine's entries after some passes of lstat, and the resolver that stands on it. */
export interface Links {
  readonly resolve: Resolver;
  entry(path: FilePath): FileEntry | undefined;
}

/**
 * Looks up all that is needed to resolve the given paths, in a few passes over the machine however many they are:
 * first the paths with their parents, then what the links among them lead to.
 */
export async function readLinks(machine: Machine, paths: Iterable<FilePath>, signal?: AbortSignal): Promise<Links> {
  const entries = new Map<FilePath, FileEntry | undefined>();
  const all = [...paths];
  let wanted = withParents(all, entries);
  for (;;) {
    await lookUp(machine, wanted, entries, signal);
    const unknown = new Set<FilePath>();
    const resolve = createResolver((path) => {
      if (!entries.has(path)) unknown.add(path);
      return nodeOf(entries.get(path));
    });
    for (const path of all) resolve(path);
    if (unknown.size === 0) return { resolve, entry: (path) => entries.get(path) };
    wanted = [...unknown];
  }
}

function withParents(paths: readonly FilePath[], known: ReadonlyMap<FilePath, unknown>): FilePath[] {
  const wanted = new Set<FilePath>();
  for (const path of paths) {
    if (path.includes('/..')) continue;
    for (let at = path; at !== '/' && !wanted.has(at) && !known.has(at); at = parentPath(at)) wanted.add(at);
  }
  return [...wanted].sort();
}

async function lookUp(
  machine: Machine,
  paths: readonly FilePath[],
  entries: Map<FilePath, FileEntry | undefined>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let at = 0;
  for await (const entry of machine.files.entries(paths, signal ? { signal } : {})) {
    const path = paths[at++];
    if (path !== undefined) entries.set(path, entry);
  }
  for (const path of paths.slice(at)) entries.set(path, undefined);
}

function nodeOf(entry: FileEntry | undefined): Node | undefined {
  if (!entry) return undefined;
  return entry.target === undefined ? { type: entry.type } : { type: entry.type, target: entry.target };
}
