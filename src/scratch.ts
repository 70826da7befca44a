import { lstat, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './process-identity.js';

/** Where this user keeps what can be made or fetched again: `$XDG_CACHE_HOME/reproman`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment['XDG_CACHE_HOME'];
  return join(cache?.startsWith('/') ? cache : join(homedir(), '.cache'), 'reproman');
}

/** A folder for what is needed for a moment; it goes when disposed, and when we are killed with the next one's making. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder that only this user can enter, in the place for temporary files. */
export async function scratchFolder(purpose: string): Promise<Scratch> {
  const place = tmpdir();
  const namespace = await pidNamespace();
  await sweep(place, namespace);
  const path = await mkdtemp(join(place, `reproman-${purpose}-${namespace}-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Removes what killed processes left, which else goes with the next one's making. */
export async function sweepScratch(): Promise<void> {
  await sweep(tmpdir(), await pidNamespace());
}

/** A pid says nothing in another namespace, and containers may share a folder: each clears up after its own only. */
async function pidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

/** A courtesy: what cannot be looked at or removed stays. */
async function sweep(place: string, namespace: string): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const [, madeIn, pid] = /^reproman-[a-z]+-(\d+)-(\d+)-\w{6}$/.exec(name) ?? [];
    if (madeIn !== namespace || isRunning(Number(pid))) continue;
    const path = join(place, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() && found.uid === process.getuid?.())
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
