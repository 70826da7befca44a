import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { compressionBy, compressionOf, decompress, type Suffix } from '../../archives/decompress.js';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { decompressed } from '../../filesystem/decompressed.js';
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
  if (compressionBy(beginning) !== '') return startOfTar(await tarStream(file));
  return isTarHeader(beginning.subarray(0, 512)) ? beginning : undefined;
}

/** Whether what is not there as a file is a tar, by a beginning that must be long enough to be decompressed. */
export async function beginsTar(beginning: Buffer): Promise<boolean> {
  const stream = unpacked(Readable.from([beginning]), compressionBy(beginning), 'it');
  return (await startOfTar(stream)) !== undefined;
}

/** As much of a tar as has its first member, be its name ever so long. */
const startSize = 1 << 16;

/** What came before the stream was found to be cut or damaged counts. */
async function startOfTar(stream: Readable): Promise<Buffer | undefined> {
  let start = Buffer.alloc(0);
  try {
    for await (const chunk of decompressed(stream)) {
      start = Buffer.concat([start, chunk]);
      if (start.length >= startSize) break;
    }
  } catch {
    // Who reads all of it says what is wrong with it.
  } finally {
    stream.destroy();
  }
  return isTarHeader(start.subarray(0, 512)) ? start : undefined;
}

/** What xz and others compress is read through their programs; gzip and zstd are understood by who reads the stream. */
export async function tarStream(file: string, signal?: AbortSignal): Promise<Readable> {
  const suffix = await compressionOf(file);
  const stream = createReadStream(file, { highWaterMark: 1 << 18, ...(signal && { signal }) });
  return unpacked(stream, suffix, file);
}

/** Of gzip and zstd as it is. */
function unpacked(stream: Readable, suffix: Suffix, name: string): Readable {
  if (suffix === '' || suffix === '.gz' || suffix === '.zst') return stream;
  const plain = Readable.from(decompress(stream, suffix, name), { objectMode: false });
  return plain.once('close', () => stream.destroy());
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
