import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf, ReproError } from './errors.js';
import { currentProcess, isAlive } from './process-identity.js';

const holderSchema = z.object({ pid: z.int(), started: z.string() });
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
 * Holds a lock file while `work` runs. The file comes into being with its content (a link), names its holder, and is
 * taken over when that process is gone.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  { patience = 20_000, signal }: { readonly patience?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const mine = temporaryName(file);
  await writeFile(mine, JSON.stringify(await currentProcess()), { flag: 'wx', mode: 0o600 });
  try {
    await acquire(file, mine, Date.now() + patience, signal);
  } finally {
    await unlink(mine);
  }
  try {
    return await work();
  } finally {
    await unlink(file);
  }
}

async function acquire(file: string, mine: string, deadline: number, signal: AbortSignal | undefined): Promise<void> {
  for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
    signal?.throwIfAborted();
    try {
      return await link(mine, file);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
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
  // Gone, or not ours to read: as far as we know its holder lives.
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const holder = holderSchema.safeParse(parseJson(text));
  return !holder.success || !(await isAlive(holder.data));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
