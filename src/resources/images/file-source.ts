import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type FormatName, formats } from '../../../backends/registry.js';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { foreignTar } from '../../filesystem/canonical-tar.js';
import { plainBeginning } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { ImageFormat } from '../../machines/formats/format.js';
import type { Machine } from '../../machines/machine.js';
import { type Progress, silent } from '../../model/progress.js';
import { scratchFolder } from '../../scratch.js';
import type { TreeSource } from '../tree-source.js';

/** A file with a tree in it, as what a resource is made of. */
export interface FileSource extends TreeSource, AsyncDisposable {}

export interface FileSourceOptions {
  /** This machine. */
  readonly here: Machine;
  readonly progress?: Progress;
}

/** What form a file has is told by what it begins with, and not by its name. */
export async function fileSource(file: string, { here, progress = silent }: FileSourceOptions): Promise<FileSource> {
  const format = await formOf(file);
  const readiness = await format.check?.(here);
  if (readiness?.ready === false) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const { read } = format;
  if (!read) throw new ReproError('usage', `what was exported to ${format.name} cannot be imported`, { where: file });
  const scratch = await scratchFolder('import');
  return {
    label: file,
    async open(signal) {
      const work = { here, folder: scratch.path, progress, ...(signal && { signal }) };
      return Readable.from(
        checked(file, () => read(file, work), signal),
        { objectMode: false },
      );
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

/** Whoever made the file: it is read by us before anything is made of it. */
async function* checked(
  file: string,
  read: () => Promise<Readable>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void> {
  let tree: Readable | undefined;
  try {
    tree = await read();
    yield* foreignTar(tarMembers(tree));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ReproError) throw error;
    throw new ReproError('usage', `the tree in the file cannot be taken: ${reasonOf(error)}`, {
      where: file,
      remedy: 'make or copy the file again, and import only what comes from people whom you trust',
      cause: error,
    });
  } finally {
    // Who unpacks it would wait for a reader that does not come back.
    tree?.destroy();
  }
}

/** As much as tells what any of them is. */
const headSize = 64 * 1024;

async function formOf(file: string): Promise<ImageFormat> {
  const head = await readHead(file);
  for (const name of Object.keys(formats) as FormatName[]) {
    const format: ImageFormat = await formats[name]();
    if (await format.matches(file, head)) return format;
  }
  throw new ReproError('usage', 'this is nothing that can be imported', {
    where: file,
    remedy: `it must be one of: ${Object.keys(formats).join(', ')}`,
  });
}

/** Decompressed, as little of what is compressed says what it is; of a folder nothing. */
async function readHead(file: string): Promise<Buffer> {
  try {
    if ((await stat(file)).isDirectory()) return Buffer.alloc(0);
    await using handle = await open(file);
    return await plainBeginning(handle.createReadStream({ autoClose: false }), headSize, file);
  } catch (error) {
    if (error instanceof ReproError) throw error;
    const why = codeOf(error) === 'ENOENT' ? 'it is not there' : reasonOf(error);
    throw new ReproError('usage', `the file cannot be read: ${why}`, { where: file, cause: error });
  }
}
