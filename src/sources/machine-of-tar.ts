import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { decompressed, mostOf } from '../filesystem/decompressed.js';
import type { Machine } from '../machines/machine.js';
import { tarMachine } from '../machines/tar-machine.js';
import { scratchFolder } from '../scratch.js';
import type { OpenOptions } from './kind.js';
import type { TarTree } from './tar-tree.js';

/** The files of a tar as a machine that can be read but not run: where it is compressed, one plain copy of it. */
export async function machineOfTar(tree: TarTree, { text, signal }: OpenOptions): Promise<Machine> {
  const scratch = await scratchFolder('tree');
  try {
    const file = tree.file ?? join(scratch.path, 'tree.tar');
    if (tree.file === undefined) {
      const most = tree.size === undefined ? undefined : mostOf(tree.size);
      const content = decompressed(await tree.open(), most, tree.where);
      await pipeline(content, createWriteStream(file, { mode: 0o600 }), signal ? { signal } : {});
    }
    const machine = await tarMachine(file, text);
    return { ...machine, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    signal?.throwIfAborted();
    if (error instanceof ReproError || codeOf(error)?.startsWith('E')) throw error;
    const remedy = 'make or copy it again';
    throw new ReproError('usage', `the archive cannot be read: ${reasonOf(error)}`, {
      ...{ where: tree.where, remedy, cause: error },
    });
  }
}
