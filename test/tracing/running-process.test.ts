import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookAtProcess, refusedToAttach } from '../../src/tracing/running-process.js';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'running-')));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts a process in the folder and waits for its first line of output. */
async function begin(script: string): Promise<number> {
  const file = join(folder, 'out');
  const output = openSync(file, 'w');
  const environment = { PATH: '/usr/bin:/bin', GREETING: 'a=b' };
  const child = spawn('/bin/sh', ['-c', script], { cwd: folder, env: environment, stdio: ['ignore', output, 'pipe'] });
  closeSync(output);
  started.push(child);
  while (readFileSync(file, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 5));
  return child.pid ?? 0;
}

/** Its parent waits for other things. */
async function zombie(): Promise<number> {
  const parent = await begin('sleep 0.2 & echo begun; exec sleep 60');
  const children = () => readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  const status = () => readFileSync(`/proc/${children()}/status`, 'utf8');
  while (!/^State:\s+Z/m.test(status())) await new Promise((resolve) => setTimeout(resolve, 5));
  return Number(children());
}

function ownThread(): number {
  return Number(readdirSync('/proc/self/task').find((thread) => Number(thread) !== process.pid));
}

const waiting = 'umask 027; echo begun; sleep 60; true';

describe('a process that runs already', () => {
  it('tells its command, folder, variables, user and streams', async () => {
    const { conditions, redirected, isApart } = lookAtProcess(await begin(waiting));
    expect(conditions).toMatchObject({
      argv: ['/bin/sh', '-c', waiting],
      cwd: folder,
      environment: { PATH: '/usr/bin:/bin', GREETING: 'a=b' },
      user: { uid: process.getuid?.(), gid: process.getgid?.() },
      umask: 0o27,
      attached: true,
    });
    expect(conditions.streams).toMatchObject({
      stdin: { kind: 'null' },
      stdout: { kind: 'file', path: join(folder, 'out') },
    });
    expect(redirected).toEqual([{ path: join(folder, 'out'), uses: ['written'], before: 'unknown' }]);
    expect(isApart).toBe(false);
  });

  it.each([
    ['is not there', async () => spawnSync('true').pid, /^there is no process \d+$/],
    ['is our own', async () => process.pid, /started this trace, which cannot follow itself$/],
    ['started us', async () => process.ppid, /started this trace, which cannot follow itself$/],
    ['has ended, and was not collected', async () => zombie(), /has ended already/],
    ['is only a thread', async () => ownThread(), /is a thread of process \d+/],
  ])('is refused where it %s', async (_title, make, message) => {
    const pid = await make();
    expect(() => lookAtProcess(pid)).toThrow(message);
  });

  it('is refused with what the kernel said, where that is all that is known', async () => {
    const error = refusedToAttach(await begin(waiting), 'cannot attach to process 7: Cannot allocate memory');
    expect(error.message).toMatch(/cannot be followed: cannot attach to process 7: Cannot allocate memory$/);
  });
});
