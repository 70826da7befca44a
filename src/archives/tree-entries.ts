import { type FileHandle, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.js';
import { type Sha256, sha256OfFile } from '../hash.js';

const layers = ['bare', 'finished', 'box'] as const;

/** How far a tree was built: the bare system of the base's packages, or the whole environment; or a box that Vagrant boots. */
export type Layer = (typeof layers)[number];

/** One tree that is kept. */
export interface TreeEntry {
  readonly layer: Layer;
  /** The digest of all that it was built from. */
  readonly key: Sha256;
  /** Of the tar. */
  readonly sha256: Sha256;
  readonly file: string;
  readonly size: number;
  /** When it was last built from, or made. */
  readonly lastUsed: Date;
}

const named = /^([a-z]+)-([0-9a-f]{64})-([0-9a-f]{64})\.tar$/;

/** The name says all, so that a tree comes into being with its rename. */
export function treeName({ layer, key, sha256 }: Pick<TreeEntry, 'layer' | 'key' | 'sha256'>): string {
  return `${layer}-${key}-${sha256}.tar`;
}

/** All trees in a folder, those first that were not used for the longest time. */
export async function treesIn(folder: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for (const name of (await readdir(folder).catch(ifGone)) ?? []) {
    const [, built, key, sha256] = named.exec(name) ?? [];
    const layer = layers.find((each) => each === built);
    if (layer === undefined || key === undefined || sha256 === undefined) continue;
    const file = join(folder, name);
    // Another process may be removing it.
    const info = await stat(file).catch(ifGone);
    if (info) entries.push({ layer, key, sha256, file, size: info.size, lastUsed: info.mtime });
  }
  return entries.sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime());
}

/** Whether a tree is what was kept; a damaged one is removed, and one that is gone is not damaged. */
export async function isSoundTree({ file, sha256 }: TreeEntry, opened?: FileHandle): Promise<boolean> {
  const found = await sha256OfFile(opened ?? file).catch(ifGone);
  if (found === undefined || found.hash === sha256) return true;
  await removeTrees([{ file }]);
  return false;
}

/** Removes trees; who is reading one reads it to its end. */
export async function removeTrees(trees: readonly Pick<TreeEntry, 'file'>[]): Promise<void> {
  for (const { file } of trees) await rm(file, { force: true });
}

/** Removes those that were not used for the longest time until the others take no more than `limit` bytes. */
export async function makeRoom(folder: string, limit: number): Promise<void> {
  const trees = await treesIn(folder);
  let total = trees.reduce((sum, { size }) => sum + size, 0);
  for (const tree of trees) {
    if (total <= limit) return;
    await removeTrees([tree]);
    total -= tree.size;
  }
}

/** Another process may have removed what was there. */
function ifGone(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
