import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
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

/**
 * Files that are kept twice, the second time in a folder beside theirs: what a fault of the disk or a slip of somebody cut
 * short is read from there. It is never older, since it is written first.
 */
export interface KeptTwice {
  /** What `parse` makes of it; throws what it throws where neither can be read. */
  read<T>(name: string, parse: (text: string) => T): Promise<T | undefined>;
  write(name: string, text: string): Promise<void>;
  move(name: string, to: string): Promise<void>;
  /** Quiet where it is not there. */
  remove(name: string): Promise<void>;
  /** Removes what killed processes left half-written. */
  sweep(): Promise<void>;
}

export function keptTwice(folder: string): KeptTwice {
  const places = [folder, `${folder}.copy`] as const;
  return {
    async read(name, parse) {
      const text = await readOptional(join(folder, name));
      if (text === undefined) return undefined;
      try {
        return parse(text);
      } catch (error) {
        const copy = await readOptional(join(places[1], name)).catch(() => undefined);
        if (copy === undefined || copy === text) throw error;
        return parse(copy);
      }
    },
    async write(name, text) {
      await mkdir(places[1], { recursive: true, mode: 0o700 });
      for (const place of places.toReversed()) await writeDurably(join(place, name), text);
    },
    async move(name, to) {
      for (const place of places) await rename(join(place, name), join(place, to)).catch(unless(place !== folder));
      await syncFolder(folder);
    },
    async remove(name) {
      for (const place of places) await unlink(join(place, name)).catch(unless(true));
      await syncFolder(folder);
    },
    async sweep() {
      for (const place of places) await sweep(place).catch(unless(true));
    },
  };
}

/** What was made by an earlier version has no copy. */
function unless(mayMiss: boolean): (error: unknown) => void {
  return (error) => {
    if (!mayMiss || codeOf(error) !== 'ENOENT') throw error;
  };
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

async function sweep(folder: string): Promise<void> {
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
