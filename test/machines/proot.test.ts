import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/exec.js';
import { localMachine } from '../../src/machines/local.js';
import { findEntrance } from '../../src/machines/rootfs/entrance.js';
import { prootMachine } from '../../src/machines/rootfs/proot/machine.js';
import { scriptText } from '../../src/machines/rootfs/proot/scripts.js';
import { asFakedRoot, type Supervised, supervised } from '../../src/machines/rootfs/proot/supervise.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';

const programs = { perl: findProgram('perl') ?? '', proot: findProgram('proot') ?? '' };
beforeEach(needs({ programs: ['perl', 'proot', 'busybox'] }));

const folder = mkdtempSync(join(tmpdir(), 'proot-'));
afterAll(() => rmSync(folder, { recursive: true }));

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

function runIn(argv: readonly string[], options: Partial<Supervised> = {}) {
  const usual = { network: true, hasTerminal: false, mark: `${folder}/proot`, root: '/', variables: env };
  const command = supervised({ ...usual, options: ['-0', '-w', '/'], ...options, argv }, programs);
  return run(command.argv, { env: { ...command.environment } });
}

const sh = (script: string, options?: Partial<Supervised>) => runIn(['sh', '-c', script], options);

it('shows root, or another user, in the place of whoever runs it', async () => {
  expect((await sh('id -u')).stdout).toBe('0\n');
  expect((await sh('id -u; id -g', { options: ['-i', '1234:4321', '-w', '/'] })).stdout).toBe('1234\n4321\n');
});

describe('the end of a program', () => {
  it.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['sleep 1 >/dev/null 2>&1 & exit 5', 5],
  ])('%s is %i', async (script, code) => {
    expect(await sh(script)).toEqual({ code, signal: undefined, stdout: '', stderr: '' });
  });

  it('is not waited for by those whom it leaves behind', async () => {
    const begun = Date.now();
    expect((await sh('sleep 20 >/dev/null 2>&1 & echo $!')).code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('is waited for where they write to who reads', async () => {
    expect((await sh('(sleep 0.5; echo late) & echo soon')).stdout).toBe('soon\nlate\n');
  });
});

describe('a program that is told to end', () => {
  /** As `rootfs-proot` has it, SIGKILL is SIGALRM for who supervises. */
  const told = async (name: NodeJS.Signals, after: number | 'ready', script = 'echo ready; sleep 60') => {
    const usual = { network: true, hasTerminal: false, mark: `${folder}/proot`, root: '/', variables: env };
    const { argv, environment } = supervised(
      { ...usual, options: ['-0', '-w', '/'], argv: ['sh', '-c', script] },
      programs,
    );
    const child = spawn(argv[0] ?? '', argv.slice(1), { env: { ...environment }, stdio: ['ignore', 'pipe', 'ignore'] });
    await (after === 'ready' ? once(child.stdout.resume(), 'data') : delay(after));
    const begun = Date.now();
    child.kill(name);
    const [code, signal] = await once(child, 'exit');
    return { code, signal, isSoon: Date.now() - begun < 20_000 };
  };

  // Perl has to have come as far as to its handlers.
  it.each([60, 100, 200, 1000])('does so %i ms after it was started', async (after) => {
    expect(await told('SIGALRM', after)).toMatchObject({ isSoon: true });
    expect(await told('SIGTERM', after)).toMatchObject({ isSoon: true });
  });

  it('as one that was killed, or as it was told', async () => {
    expect(await told('SIGALRM', 'ready')).toEqual({ code: null, signal: 'SIGKILL', isSoon: true });
    const script = 'trap "exit 9" TERM; sleep 60 & echo ready; wait';
    expect(await told('SIGTERM', 'ready', script)).toEqual({ code: 9, signal: null, isSoon: true });
  });
});

it('is no program of the shell, nor what it says of itself', async () => {
  expect((await runIn(['echo', 'a\\nb'])).stdout).toBe('a\\nb\n');
  expect((await runIn(['export'])).code).toBe(127);
  const { stderr } = await runIn(['no-such-program']);
  expect(stderr).toContain('no-such-program');
});

it('has the variables that it is to have, whatever their names, and no others', async () => {
  const odd = { 'BASH_FUNC_module%%': '() { :; }', 'a.b': "it's\n$HOME", IFS: ',', REPROMAN_0: 'own', EMPTY: '' };
  const shells = { SHLVL: '4', PWD: '/elsewhere', LD_PRELOAD_X: 'x', PERL5OPT: '-w', PROOT_NO_SECCOMP: '1' };
  const variables = { ...env, ...odd, ...shells };
  const { stdout } = await runIn(['env', '-0'], { variables });
  expect(stdout.split('\0').slice(0, -1)).toEqual(Object.entries(variables).map((pair) => pair.join('=')));
  expect((await runIn(['env'])).stdout).toBe(`PATH=${env.PATH}\n`);
});

it('has them where the tree has no shell, too', async () => {
  const root = join(folder, 'bare');
  mkdirSync(root);
  copyFileSync(findProgram('busybox') ?? '', join(root, 'env'));
  const variables = { PATH: '/', 'a.b': 'two\nlines' };
  const options = ['-0', '-w', '/'];
  expect(await runIn(['/env'], { root, options, variables })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^PATH=\/\na\.b=two\nlines\n/),
  });
});

it('may have a name that env would take for a variable', async () => {
  const program = join(folder, 'a=b');
  writeFileSync(program, '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
  expect((await runIn([program, 'on'])).stdout).toBe('on\n');
});

it('is watched by what Perl and the shell take for programs', async () => {
  for (const name of ['seal.pl', 'supervise.pl', 'end.pl'] as const) {
    const { code, stderr } = await run([programs.perl, '-c', '-e', scriptText(name)]);
    expect([name, code, stderr]).toEqual([name, 0, '-e syntax OK\n']);
  }
  expect(await run(['sh', '-n', '-c', scriptText('tell.sh')])).toMatchObject({ code: 0, stderr: '' });
});

it('is not begun in a copy that is not wanted any more', async () => {
  await using host = await localMachine();
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  const entrance = await findEntrance(host, { tree: '/usr', copy }, 'usr');
  const options = { host, tree: '/usr', mapping: { kind: 'single' }, label: 'a copy of usr' } as const;
  const making = prootMachine(
    { ...options, copy: { folder: copy }, signal: AbortSignal.timeout(200) },
    entrance,
    programs,
  );
  await expect(making).rejects.toThrow('aborted');
  rmSync(copy, { recursive: true });
});

it('has no system calls that proot does not know, and no sockets of IP where it is to have no network', async () => {
  const calls = { statx: 332, renameat2: 316, openat2: 437, faccessat2: 439, io_uring_setup: 425 };
  for (const number of Object.values(calls)) {
    const { stdout } = await runIn(['perl', '-e', `syscall(${number}, -1, 0, 0, 0, 0, 0); print $! + 0`]);
    expect([number, stdout]).toEqual([number, '38']);
  }
  const socket =
    'use Socket; for (AF_INET, AF_INET6, AF_UNIX) { print socket(S, $_, SOCK_STREAM, 0) ? "yes " : "no " }';
  expect((await runIn(['perl', '-e', socket])).stdout).toBe('yes yes yes ');
  expect((await runIn(['perl', '-e', socket], { network: false })).stdout).toBe('no no yes ');
});

it('shows a program of the host the files of its user as those of root', async () => {
  const path = join(folder, 'own');
  mkdirSync(path);
  const { stdout } = await run([...asFakedRoot(programs), 'stat', '-c', '%u:%g', path]);
  expect(stdout).toBe('0:0\n');
});
