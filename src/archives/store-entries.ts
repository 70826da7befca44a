import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.js';
import type { Sha256 } from '../hash.js';
import { parseStandIn, standInFolder } from './stand-ins.js';
import type { ContentFolder } from './store.js';

/** One content of a store. */
export interface StoreEntry {
  readonly sha256: Sha256;
  readonly size: number;
  /** When a build last took it, or it was fetched. */
  readonly lastUsed: Date;
}

/** All that a store holds, in order of hashes. */
export async function storeEntries({ folder }: ContentFolder): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for (const part of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
    for (const sha256 of (await readdir(join(folder, part))).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort()) {
      const info = await stat(join(folder, part, sha256)).catch((error: unknown) => {
        // Another process may be removing it.
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      });
      if (info) entries.push({ sha256, size: info.size, lastUsed: info.mtime });
    }
  }
  return entries;
}

/** Removes contents, and what the store remembers of them: their other digests, and what they stood in for. */
export async function removeFromStore({ folder }: ContentFolder, hashes: ReadonlySet<Sha256>): Promise<void> {
  for (const hash of hashes) await rm(join(folder, hash.slice(0, 2), hash), { force: true });
  await removeNotes(join(folder, 'known'), (text) => hashes.has(text));
  await removeNotes(join(folder, standInFolder), (text) => hashes.has(parseStandIn(text)?.sha256 ?? ''));
}

async function removeNotes(folder: string, isOld: (text: string) => boolean): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const note of entries) {
    if (!note.isFile()) continue;
    const file = join(note.parentPath, note.name);
    if (isOld(await readFile(file, 'utf8'))) await rm(file, { force: true });
  }
}
