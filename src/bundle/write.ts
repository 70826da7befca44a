import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ReproError } from '../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../filesystem/tar-writer.js';
import { sha256, sha256OfStream } from '../hash.js';
import type { Progress } from '../model/progress.js';
import { type BundleIndex, type BundleMember, indexName } from './format.js';

/** A member with what goes into it: text that we have, or a file. */
export type Member = BundleMember & { readonly source: { readonly text: string } | { readonly file: string } };

/**
 * Writes an index and its members into one file, and returns its size. It lies beside the file at first, so that a pack
 * that fails leaves what was there before; throws where a source is not what its member says.
 */
export async function writeBundle(
  output: string,
  index: BundleIndex,
  members: readonly Member[],
  { progress, signal }: { readonly progress: Progress; readonly signal?: AbortSignal },
): Promise<number> {
  const all: readonly Member[] = [indexMember(index), ...members];
  const total = all.reduce((sum, { size }) => sum + 512 + size + tarPadding(size).length, tarEnd().length);
  await mkdir(dirname(output), { recursive: true });
  await checkSpace(dirname(output), total);
  progress({ kind: 'begin', stage: 'write the bundle', total, unit: 'bytes' });
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}.part`);
  try {
    await using file = await open(temporary, 'wx');
    let done = 0;
    for (const { name, sha256, size, source } of all) {
      signal?.throwIfAborted();
      const owner = { mode: 0o644, uid: 0, gid: 0, mtime: index.epoch };
      await file.appendFile(tarHeader({ name, type: 'file', size, ...owner }));
      const content = 'text' in source ? [Buffer.from(source.text)] : createReadStream(source.file);
      const written = await sha256OfStream(
        tee(content, async (chunk) => {
          await file.appendFile(chunk);
          done += chunk.length;
          progress({ kind: 'advance', stage: 'write the bundle', done });
        }),
      );
      if (written.hash !== sha256 || written.size !== size) throw damaged(name, 'file' in source ? source.file : name);
      await file.appendFile(tarPadding(size));
    }
    await file.appendFile(tarEnd());
    await file.sync();
    const { size } = await file.stat();
    await rename(temporary, output);
    progress({ kind: 'end', stage: 'write the bundle', message: output });
    return size;
  } finally {
    await rm(temporary, { force: true });
  }
}

function indexMember(index: BundleIndex): Member {
  const text = `${JSON.stringify(index, undefined, 1)}\n`;
  return { name: indexName, sha256: sha256(text), size: Buffer.byteLength(text), source: { text } };
}

async function* tee(
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  use: (chunk: Buffer) => Promise<void>,
): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    await use(chunk);
    yield chunk;
  }
}

async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  const message = `the bundle takes ${needed} bytes, and ${bavail * bsize} are free there`;
  throw new ReproError('not-ready', message, { where: folder, remedy: 'name a place on a larger disk with -o' });
}

function damaged(name: string, where: string): ReproError {
  return new ReproError('usage', `${name} is not what the lock says: it was damaged, or changed while it was read`, {
    where,
    remedy: 'copy the spec again from where it was made, or trace again',
  });
}
