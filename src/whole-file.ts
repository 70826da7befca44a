import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes a file that is there in whole or not at all: `write` makes it under a name beside its own, which is taken away where
 * that fails. What was there before stays until then.
 */
export async function writeWhole<Result>(file: string, write: (draft: string) => Promise<Result>): Promise<Result> {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}-${randomUUID().slice(0, 8)}.part`);
  try {
    const result = await write(draft);
    await rename(draft, file);
    return result;
  } finally {
    await rm(draft, { force: true });
  }
}
