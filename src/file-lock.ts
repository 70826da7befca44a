import { link, mkdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, ReproError } from './errors.js';
import { currentProcess, isAlive } from './process-identity.js';

let counter = 0;

/** A name beside `file` that only this process uses; what is left of it when we are killed is known by the pid. */
export function temporaryName(file: string): string {
  return `${file}.${process.pid}.${counter++}.tmp`;
}

/** The pid in a name that {@link temporaryName} made. */
export function pidOfTemporary(name: string): number | undefined {
  const found = /\.(\d+)\.\d+\.tmp$/.exec(name);
  return found ? Number(found[1]) : undefined;
}

/**
 * Holds a lock file while `work` runs. It is a symbolic link that leads nowhere, which comes into being with its text in
 * one call: the text names its holder, from whom it is taken over when that process is gone. Its folder is made where that
 * is not there. The work is told whether another had it first.
 */
export async function withLock<T>(
  file: string,
  work: (hasWaited: boolean) => Promise<T>,
  { patience = 20_000, signal }: { readonly patience?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { pid, started } = await currentProcess();
  const hasWaited = await acquire(file, `${pid}:${started}`, Date.now() + patience, signal);
  try {
    return await work(hasWaited);
  } finally {
    await unlink(file);
  }
}

/** Gives whether another had it first. */
async function acquire(file: string, holder: string, deadline: number, signal?: AbortSignal): Promise<boolean> {
  let hasWaited = false;
  for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
    signal?.throwIfAborted();
    try {
      await symlink(holder, file);
      return hasWaited;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        await mkdir(dirname(file), { recursive: true });
        continue;
      }
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    hasWaited = true;
    if (await isStale(file)) await takeAway(file);
    else if (Date.now() > deadline) {
      throw new ReproError('not-ready', 'another reproman process is at work there for too long', {
        where: file,
        remedy: 'wait for it to end, or end it, and try again',
      });
    } else await delay(wait + Math.random() * wait);
  }
}

async function isStale(file: string): Promise<boolean> {
  const text = await readlink(file).catch((error: unknown) => {
    // A file that is no link is no lock of ours.
    if (codeOf(error) === 'EINVAL') return '';
    // Gone, or not ours to read: as far as we know its holder lives.
    return undefined;
  });
  if (text === undefined) return false;
  const [, pid, started] = /^(\d+):(.+)$/.exec(text) ?? [];
  return pid === undefined || started === undefined || !(await isAlive({ pid: Number(pid), started }));
}

/** Moves a dead holder's lock aside; looks again at what was moved, because a live one may have come between. */
async function takeAway(file: string): Promise<void> {
  const aside = temporaryName(file);
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Whoever has it by now keeps it.
  if (!(await isStale(aside))) await link(aside, file).catch(() => undefined);
  await unlink(aside);
}
