import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { pidOfTemporary, temporaryName } from '../file-lock.js';
import { isRunning } from '../process-identity.js';
import { resourceNamePattern } from './schema.js';

/** The names of all resources in a folder, in order. */
export async function namesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw explained(error, folder);
  });
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  return names.filter((name) => resourceNamePattern.test(name)).sort();
}

/** Undefined where there is no such file. */
export async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw explained(error, file);
  }
}

/** Either the old content or the new is there after a crash, never a part. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(join(file, '..'));
}

/** What was renamed or removed in it is so after a crash, too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what a killed process left half-written. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = pidOfTemporary(name);
    if (pid !== undefined && !isRunning(pid)) await unlink(join(folder, name)).catch(() => undefined);
  }
}

/** An error of the file system as one that says what to do; any other as it is. */
export function explained(error: unknown, where: string): unknown {
  const code = codeOf(error);
  if (error instanceof ReproError || code === undefined) return error;
  const remedies: Record<string, string> = {
    EACCES: 'give yourself the right to write there, or set XDG_DATA_HOME to a folder of your own',
    EPERM: 'give yourself the right to write there, or set XDG_DATA_HOME to a folder of your own',
    EROFS: 'set XDG_DATA_HOME to a folder that can be written',
    ENOSPC: 'free some space there, or set XDG_DATA_HOME to a folder on another disk',
    EDQUOT: 'free some space there, or set XDG_DATA_HOME to a folder on another disk',
  };
  const remedy = remedies[code];
  return new ReproError('not-ready', `the inventory cannot be used: ${reasonOf(error)}`, {
    where,
    ...(remedy && { remedy }),
    cause: error,
  });
}
