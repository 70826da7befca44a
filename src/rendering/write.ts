import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { contentOf, type RenderedFile } from './rendering.js';

/** Writes one file, or several into a folder of their own, which are there only when all are whole. Nothing is replaced. */
export async function writeRendering(
  files: readonly RenderedFile[],
  output: string,
  signal?: AbortSignal,
): Promise<void> {
  await refusePresent(output);
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}.part`);
  const [only, ...others] = files;
  try {
    if (only && others.length === 0) await writeOne(only, temporary, signal);
    else for (const file of files) await writeOne(file, join(temporary, file.name), signal);
    await rename(temporary, output).catch((error: unknown) => {
      throw unwritable(output, error);
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writeOne(file: RenderedFile, path: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  const out = createWriteStream(path, { flags: 'wx' });
  await pipeline(contentOf(file), out, signal ? { signal } : {});
}

async function refusePresent(output: string): Promise<void> {
  try {
    if ((await readdir(output)).length === 0) return;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    if (codeOf(error) !== 'ENOTDIR') throw unwritable(output, error);
  }
  throw new ReproError('usage', 'there is something of this name already, which is not replaced', {
    where: output,
    remedy: 'choose another name with -o, or remove it',
  });
}

function unwritable(output: string, cause: unknown): ReproError {
  return new ReproError('usage', `it cannot be written: ${reasonOf(cause)}`, { where: output, cause });
}
