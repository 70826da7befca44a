import { randomUUID } from 'node:crypto';
import { isAliveOn } from '../../src/machines/host-process.js';
import type { Machine } from '../../src/machines/machine.js';
import { currentProcess } from '../../src/process-identity.js';
import { runOn } from '../run-on.js';
import type { TreeSession } from '../tree-backend.js';

/** The session that lasts until it is stopped is called after the chroot alone; others also after who keeps them. */
const ofProcess = /^-(\d+)_([\w.-]+)_\w+$/;

/** Begins a session that ends when it is disposed. One of a throwaway copy has all that it changes gone then. */
export async function openSession(chroot: string, host: Machine, isThrowaway: boolean): Promise<TreeSession> {
  await endOrphans(chroot, host);
  const { pid, started } = host.keeper ?? (await currentProcess());
  const name = `${chroot}-${pid}_${started.replace(':', '.')}_${randomUUID().slice(0, 8)}`;
  await beginSession(isThrowaway ? chroot : `source:${chroot}`, name, host);
  const end = () => endSession(name, host);
  try {
    return { tree: await locate(name, host), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Begins the session that lasts until it is stopped; quiet where it has begun. */
export async function startSession(chroot: string, host: Machine): Promise<void> {
  if (!(await isStarted(chroot, host))) await beginSession(`source:${chroot}`, chroot, host);
}

export async function isStarted(chroot: string, host: Machine): Promise<boolean> {
  return (await sessions(host)).includes(chroot);
}

/** Where a session that lasts shows the tree. */
export function startedSession(chroot: string, host: Machine): Promise<string> {
  return locate(chroot, host);
}

/** Ends all sessions of a chroot, whoever began them. */
export async function endSessions(chroot: string, host: Machine): Promise<void> {
  for (const name of await sessions(host)) {
    if (name === chroot || keeperOf(name, chroot)) await endSession(name, host);
  }
}

/** Those of processes that were killed. */
async function endOrphans(chroot: string, host: Machine): Promise<void> {
  for (const name of await sessions(host)) {
    const keeper = keeperOf(name, chroot);
    if (keeper && !(await isAliveOn(host, keeper))) await endSession(name, host);
  }
}

function keeperOf(name: string, chroot: string): { readonly pid: number; readonly started: string } | undefined {
  const [, pid, started] = (name.startsWith(chroot) && ofProcess.exec(name.slice(chroot.length))) || [];
  return pid === undefined || started === undefined
    ? undefined
    : { pid: Number(pid), started: started.replace('.', ':') };
}

async function beginSession(chroot: string, name: string, host: Machine): Promise<void> {
  try {
    await runOn(host, ['schroot', '--begin-session', `--chroot=${chroot}`, `--session-name=${name}`]);
  } catch (error) {
    // A session whose set-up failed is there all the same.
    await endSession(name, host).catch(() => undefined);
    throw error;
  }
}

async function endSession(name: string, host: Machine): Promise<void> {
  await runOn(host, ['schroot', '--end-session', `--chroot=session:${name}`]);
}

async function locate(name: string, host: Machine): Promise<string> {
  const { stdout } = await runOn(host, ['schroot', '--location', `--chroot=session:${name}`]);
  return stdout.toString('utf8').replace(/\n$/, '');
}

async function sessions(host: Machine): Promise<string[]> {
  const { stdout } = await runOn(host, ['schroot', '--list', '--all-sessions']);
  return stdout
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/^session:/, ''));
}
