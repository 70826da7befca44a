import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { scratchFolder } from '../../scratch.js';

/** A stream as a file, for its length must be known before it can go into an archive; it goes when it is disposed. */
export async function spool(
  input: Readable,
  signal?: AbortSignal,
): Promise<AsyncDisposable & { readonly file: string }> {
  const scratch = await scratchFolder('cp');
  const file = join(scratch.path, 'stdin');
  try {
    await writeFile(file, input, { flag: 'wx', ...(signal && { signal }) });
    // The folder is closed to others; the copy is to be as if it had been made there.
    await chmod(file, 0o644);
    return { file, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}
