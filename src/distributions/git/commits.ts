import type { FilePath } from '../../model/file-path.js';
import type { ObjectStore } from './objects.js';

/** A commit, as far as it is needed here. */
export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  /** Of the committer, in seconds since 1970. */
  readonly date: number;
}

/** Undefined where the commit is not there; a tag leads to its commit. */
export async function readCommit(id: string, objects: ObjectStore): Promise<Commit | undefined> {
  const found = await objects.get(id);
  const [header = ''] = (found?.content.toString('latin1') ?? '').split('\n\n', 1);
  if (found?.type === 'tag') {
    const target = /^object ([0-9a-f]+)$/m.exec(header)?.[1];
    return target === undefined ? undefined : readCommit(target, objects);
  }
  const tree = /^tree ([0-9a-f]+)$/m.exec(header)?.[1];
  if (found?.type !== 'commit' || tree === undefined) return undefined;
  const parents = [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent as string);
  return { tree, parents, date: Number(/^committer .* (-?\d+) [+-]\d+$/m.exec(header)?.[1] ?? 0) };
}

/** Clocks of machines that commit differ by so many seconds, not more. */
const clockError = 24 * 60 * 60;
const mostCommits = 100_000;

/**
 * Whether the history of any of the tips has the commit; undefined where that cannot be told. The newest first: what is
 * older than the commit does not come after it.
 */
export async function isInHistory(
  commit: string,
  tips: readonly string[],
  objects: ObjectStore,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  if (tips.includes(commit)) return true;
  const date = (await readCommit(commit, objects))?.date;
  if (date === undefined) return undefined;
  const seen = new Set(tips);
  let layer: readonly string[] = tips;
  while (layer.length > 0) {
    signal?.throwIfAborted();
    const next: string[] = [];
    for (const id of layer) {
      const found = await readCommit(id, objects);
      if (!found || found.date < date - clockError) continue;
      for (const parent of found.parents) {
        if (parent === commit) return true;
        if (seen.has(parent)) continue;
        seen.add(parent);
        next.push(parent);
      }
    }
    if (seen.size > mostCommits) return undefined;
    layer = next;
  }
  return false;
}

/** One entry of a tree: a name with a mode and the id of a blob, a tree or a submodule's commit. */
export interface TreeEntry {
  readonly mode: number;
  readonly id: string;
}

export async function readTree(id: string, objects: ObjectStore): Promise<Map<FilePath, TreeEntry> | undefined> {
  const found = await objects.get(id);
  if (found?.type !== 'tree') return undefined;
  const { content } = found;
  const idBytes = id.length / 2;
  const entries = new Map<FilePath, TreeEntry>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    const mode = Number.parseInt(content.toString('latin1', at, space), 8);
    const name = content.toString('latin1', space + 1, end) as FilePath;
    at = end + 1 + idBytes;
    entries.set(name, { mode, id: content.toString('hex', end + 1, at) });
  }
  return entries;
}

/** The entry at a path below a tree; undefined where there is none, or where it cannot be read. */
export async function findInTree(tree: string, path: FilePath, objects: ObjectStore): Promise<TreeEntry | undefined> {
  let entry: TreeEntry | undefined = { mode: 0o40000, id: tree };
  for (const name of path.split('/') as FilePath[]) {
    entry = entry && (await readTree(entry.id, objects))?.get(name);
  }
  return entry;
}
