import { type FileHandle, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256OfFile } from '../hash.js';
import { byLastUse, ifGone, type KeptFile, keptFile, removeKept } from '../machines/kept-files.js';

const layers = ['bare', 'finished', 'box'] as const;

/** How far a tree was built: the bare system of the base's packages, or the whole environment; or a box that Vagrant boots. */
export type Layer = (typeof layers)[number];

/** One tree that is kept. */
export interface TreeEntry extends KeptFile {
  readonly layer: Layer;
  /** The digest of all that it was built from. */
  readonly key: Sha256;
  /** Of the tar. */
  readonly sha256: Sha256;
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
    const kept = await keptFile(join(folder, name));
    if (kept) entries.push({ layer, key, sha256, ...kept });
  }
  return entries.sort(byLastUse);
}

/** Whether a tree is what was kept; a damaged one is removed, and one that is gone is not damaged. */
export async function isSoundTree({ file, sha256 }: TreeEntry, opened?: FileHandle): Promise<boolean> {
  const found = await sha256OfFile(opened ?? file).catch(ifGone);
  if (found === undefined || found.hash === sha256) return true;
  await removeKept([{ file }]);
  return false;
}
