import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { compressionBy, compressionOf } from '../../filesystem/decompress.js';
import { plainBeginning } from '../../filesystem/decompressed.js';
import { isTarHeader } from '../../filesystem/tar.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { tarTreeSource } from '../tar-tree.js';

/** The filesystem that a tar holds: plain, or compressed by gzip, zstd, xz, bzip2 or lz4. */
export async function openTar(file: string, options: OpenOptions): Promise<OpenSource> {
  const { size, isPlain } = await look(file);
  const open = () => tarStream(file, options.signal);
  return tarTreeSource({ where: file, size, open, ...(isPlain && { file }) }, options);
}

/** The plain beginning of a file, be it compressed or not, where that is the beginning of a tar. */
export async function beginningOfTar(file: string, beginning: Buffer): Promise<Buffer | undefined> {
  if (compressionBy(beginning) !== '') return startOfTar(tarStream(file), file);
  return isTarHeader(beginning.subarray(0, 512)) ? beginning : undefined;
}

/** Whether what is not there as a file is a tar, by a beginning that must be long enough to be decompressed. */
export async function beginsTar(beginning: Buffer): Promise<boolean> {
  return (await startOfTar(Readable.from([beginning]))) !== undefined;
}

/** As much of a tar as has its first member, be its name ever so long. */
const startSize = 1 << 16;

async function startOfTar(stream: Readable, name?: string): Promise<Buffer | undefined> {
  try {
    const start = await plainBeginning(stream, startSize, name);
    return isTarHeader(start.subarray(0, 512)) ? start : undefined;
  } finally {
    stream.destroy();
  }
}

function tarStream(file: string, signal?: AbortSignal): Readable {
  return createReadStream(file, { highWaterMark: 1 << 18, ...(signal && { signal }) });
}

async function look(file: string): Promise<{ readonly size: number; readonly isPlain: boolean }> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw unreadable(file, found.isDirectory());
    return { size: found.size, isPlain: (await compressionOf(file)) === '' };
  } catch (error) {
    if (error instanceof ReproError || codeOf(error) === undefined) throw error;
    const problem =
      codeOf(error) === 'ENOENT' ? 'there is no such archive' : `the archive cannot be read: ${reasonOf(error)}`;
    throw new ReproError('usage', problem, { where: file, cause: error });
  }
}

function unreadable(file: string, isFolder: boolean): ReproError {
  return isFolder
    ? new ReproError('usage', 'this is a folder, not an archive', { where: file, remedy: `write dir:${file}` })
    : new ReproError('usage', 'an archive is read more than once, and this is a pipe or a device', {
        where: file,
        remedy: 'write it to a file first',
      });
}
