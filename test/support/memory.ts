import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Where programs run whose /tmp is their own. */
export interface Room extends AsyncDisposable {
  /** The program and its arguments, to be started there. */
  enter(argv: readonly string[]): string[];
}

/** Bytes that must be free: the tests have up to 10 GB there, and what they start needs some as well. */
const needed = 16e9;

/**
 * A mount namespace with /tmp in memory, which is gone with all that is in it when it is disposed of. The tests write and
 * remove some million small files, at which a tmpfs can be ten times as fast as a disk. Undefined for others than root and
 * where memory is short: they write to the disk.
 */
export async function memoryRoom(folder: string): Promise<Room | undefined> {
  if (process.getuid?.() !== 0 || available() < needed) return undefined;
  // It says that it is ready, and stays for as long as it can read.
  const script = 'mount -t tmpfs -o mode=1777,size=60% tests /tmp && echo && exec cat';
  const keeper = spawn('unshare', ['--mount', 'sh', '-c', script], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')]).catch(() => []);
  if (!Buffer.isBuffer(ready[0])) return undefined;
  return {
    enter: (argv) => ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`, `--wd=${folder}`, ...argv],
    [Symbol.asyncDispose]: () => ended(keeper),
  };
}

function available(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

async function ended(keeper: ChildProcess): Promise<void> {
  keeper.stdin?.end();
  if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, 'exit');
}
