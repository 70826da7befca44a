import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, reasonOf } from '../errors.js';
import type { Sha256 } from '../hash.js';
import { checkedFile } from '../machines/checked-file.js';
import { diskOf, makeRoom, markUsed } from '../machines/kept-files.js';
import { isThere } from '../presence.js';
import { PortionWriter } from './portions.js';
import type { ContentFolder } from './store.js';
import { isSoundTree, type Layer, type TreeEntry, treeName, treesIn } from './tree-entries.js';

/**
 * Trees that were built before, as tar streams, each by the digest of all that it was built from. What a plan builds is
 * the same byte for byte wherever it is built, so that one that lies here is as good as a new one.
 */
export interface TreeCache {
  /** All of them, those first that were not used for the longest time. */
  entries(): Promise<TreeEntry[]>;
  /** Undefined where there is none. Fails with an {@link UnusableTree} where it is not what was kept. */
  find(layer: Layer, key: Sha256): Promise<Readable | undefined>;
  /** Whether there is one; whether it is sound, `find` says. */
  has(layer: Layer, key: Sha256): Promise<boolean>;
  /** Disposing gives up what was not committed. */
  keep(layer: Layer, key: Sha256): Keeping;
  /** As `find`, its file for a program that takes one, which is sound; undefined where there is none. */
  locate(layer: Layer, key: Sha256): Promise<string | undefined>;
}

/** A tree on its way into the cache. */
export interface Keeping extends AsyncDisposable {
  /** The same tree, which is written down while it is read. */
  copy(tree: Readable): Readable;
  /** Keeps it, now that it was read to its end and is known to be good. Gives why that cannot be. */
  commit(): Promise<string | undefined>;
}

/** It is removed, so that the same build again makes a new one. */
export class UnusableTree extends Error {
  override readonly name = 'UnusableTree';
}

/** The trees beside a store's contents take at most this share of the disk, and leave as much of it free. */
const share = 0.1;

/** The trees of a store; a tar, because it is unpacked as fast as a copy is made and nothing can change it by accident. */
export function openTreeCache(store: Pick<ContentFolder, 'folder'>, limit?: number): TreeCache {
  const folder = join(store.folder, 'trees');
  const used = async (layer: Layer, key: Sha256): Promise<TreeEntry | undefined> => {
    const found = await treeFor(folder, layer, key);
    if (found) await markUsed(found.file);
    return found;
  };
  return {
    entries: () => treesIn(folder),
    async find(layer, key) {
      const found = await used(layer, key);
      return found && treeFile(found);
    },
    has: async (layer, key) => (await treeFor(folder, layer, key)) !== undefined,
    async locate(layer, key) {
      const found = await used(layer, key);
      return found && (await isSoundTree(found)) && (await isThere(found.file)) ? found.file : undefined;
    },
    keep: (layer, key) => keeping({ folder, layer, key, limit, temporary: temporaryIn(store.folder) }),
  };
}

async function treeFor(folder: string, layer: Layer, key: Sha256): Promise<TreeEntry | undefined> {
  return (await treesIn(folder)).find((tree) => tree.layer === layer && tree.key === key);
}

/** What a kill leaves there is swept by the store. */
function temporaryIn(folder: string): string {
  return join(folder, 'tmp', `${process.pid}-${randomUUID()}`);
}

function treeFile(tree: TreeEntry): Readable {
  return checkedFile(
    () => openTree(tree.file),
    async (file) => {
      if (await isSoundTree(tree, file)) return;
      throw new UnusableTree(`the tree ${tree.file} was damaged, and is removed`);
    },
  );
}

async function openTree(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UnusableTree(`the tree ${file} was just removed`);
    throw error;
  }
}

interface KeepOptions {
  readonly folder: string;
  readonly layer: Layer;
  readonly key: Sha256;
  readonly limit: number | undefined;
  readonly temporary: string;
}

function keeping({ folder, layer, key, limit, temporary }: KeepOptions): Keeping {
  let isMade = false;
  let copied: Sha256 | undefined;
  let problem: string | undefined;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problem ??= reasonOf(error);
      return undefined;
    }
  };
  /** A cache that cannot be written is no reason not to build: the tree is given on. */
  async function* written(tree: Readable): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    const file = await attempt(() => openNew(temporary, folder));
    isMade = file !== undefined;
    const writer = file && new PortionWriter(file);
    try {
      for await (const chunk of tree as AsyncIterable<Buffer>) {
        hash.update(chunk);
        if (problem === undefined) await attempt(async () => writer?.write(chunk));
        yield chunk;
      }
      if (problem === undefined) await attempt(async () => writer?.flush());
      copied = hash.digest('hex');
    } finally {
      await file?.close();
    }
  }
  return {
    copy: (tree) => Readable.from(written(tree), { objectMode: false }),
    async commit() {
      const sha256 = copied;
      if (problem !== undefined || sha256 === undefined) return problem ?? 'it was not read to its end';
      await attempt(async () => {
        // What another process has built meanwhile is as good.
        if (await treeFor(folder, layer, key)) return;
        await rename(temporary, join(folder, treeName({ layer, key, sha256 })));
        await makeRoom(await treesIn(folder), limit ?? (await diskOf(folder)).size * share);
      });
      return problem;
    },
    async [Symbol.asyncDispose]() {
      if (isMade) await rm(temporary, { force: true });
    },
  };
}

/** Nobody else's to read: what is private in a tree lies open in its tar. */
async function openNew(temporary: string, folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(join(temporary, '..'), { recursive: true });
  const { size, free } = await diskOf(folder);
  if (free < size * share) throw new Error(`less than a tenth of the disk of ${folder} is free`);
  return open(temporary, 'wx', 0o600);
}
