import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { collect, findProgram, runProcess, spawnProcess } from '../../src/exec.js';
import type { SpawnOptions } from '../../src/machines/machine.js';
import { remoteCommand } from '../../src/machines/ssh/command.js';
import { pathFromText } from '../../src/model/file-path.js';
import { needs } from '../support/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'ssh-command-'));
const number = join(folder, 'number');
afterAll(() => rmSync(folder, { recursive: true }));

const ordinary = { uid: 1234, gid: 4321 };

/** As the shell of a user at the other end gets it. */
const shells = ['sh', 'bash', 'dash', 'ksh', 'zsh'];

function atOtherEnd(argv: readonly string[], options: SpawnOptions = {}, shell = 'sh'): readonly string[] {
  return [shell, '-c', remoteCommand(argv, options, number)];
}

describe('the text that starts a program at the other end', () => {
  it.each(shells)('keeps every word as it is, through %s', async (shell) => {
    const words = ['a b', "it's", '$HOME', '`id`', '', '*', 'new\nline', '\\', '-n', '; id', '!1', '~', '#', 'ä'];
    const argv = atOtherEnd(['printf', '%s|', ...words], {}, shell);
    const { exit, stdout } = await runProcess(argv).catch(() => ({ exit: undefined, stdout: '' }));
    if (exit) expect(stdout.toString()).toBe(`${words.join('|')}|`);
    else expect(shell).not.toBe('sh');
  });

  it('gives it its environment and nothing else, its folder and its mask', async () => {
    const environment = { PATH: '/usr/bin:/bin', 'A B': "it's", X: '$HOME\n' };
    const options = { environment, cwd: pathFromText(folder), umask: 0o027 };
    const { stdout } = await runProcess(atOtherEnd(['env', '-0'], options));
    expect(stdout.toString()).toBe("PATH=/usr/bin:/bin\0A B=it's\0X=$HOME\n\0");
    const told = await runProcess(atOtherEnd(['sh', '-c', 'pwd; umask'], options));
    expect(told.stdout.toString()).toBe(`${folder}\n0027\n`);
  });

  it('starts what is to be root as it is where the login is, with no variable more', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root');
    // As of BusyBox, which sets no user.
    writeFileSync(join(folder, 'setpriv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const environment = { PATH: `${folder}:/usr/bin:/bin` };
    const argv = atOtherEnd(['env', '-0'], { environment, user: { uid: 0, gid: 0 } });
    const { exit, stdout } = await runProcess(argv, { environment });
    expect([exit, stdout.toString()]).toEqual([{ code: 0 }, `PATH=${environment.PATH}\0`]);
  });

  describe('where there is BusyBox alone', () => {
    beforeEach(needs({ root: true, programs: ['busybox', 'tcsh'] }));

    const bin = join(folder, 'bin');
    const names = ['busybox', 'sh', 'env', 'setpriv', 'su', 'id', 'sort', 'tr', 'grep', 'cat'];
    const environment = { PATH: bin, 'a.b': "it's" };

    it.each(['sh', 'tcsh'])('starts it as an ordinary user, through %s, with no variable more', async (shell) => {
      chmodSync(folder, 0o755);
      mkdirSync(bin, { recursive: true });
      for (const name of names)
        if (!existsSync(join(bin, name))) symlinkSync(findProgram('busybox') ?? '', join(bin, name));
      const started = (argv: readonly string[]) => {
        const [, ...rest] = atOtherEnd(argv, { environment, user: ordinary });
        return runProcess([findProgram(shell) ?? '', ...rest], { environment: { PATH: bin } });
      };
      const ids = await started(['sh', '-c', 'id -u; id -g; grep ^Groups: /proc/self/status']);
      expect([ids.stdout.toString(), ids.stderr.toString()]).toEqual(['1234\n4321\nGroups:\t \n', '']);
      expect((await started(['env', '-0'])).stdout.toString()).toBe(`PATH=${bin}\0a.b=it's\0`);
    });

    it('says what is to be installed where no account has the groups', async () => {
      const argv = atOtherEnd(['id'], { environment, user: { ...ordinary, groups: [7] } });
      const { exit, stdout, stderr } = await runProcess([findProgram('sh') ?? '', ...argv.slice(1)], {
        environment: { PATH: bin },
      });
      expect([exit.code, stdout.toString()]).toEqual([125, '']);
      expect(stderr.toString()).toContain('add the setpriv of util-linux');
    });
  });

  it.each([
    ['exit 7', 7, ''],
    ['kill -TERM $$', 143, ''],
    ['kill -KILL $$', 137, ''],
    ['echo told >&2; exit 255', 255, 'told\n'],
  ])('ends as %j does, and says nothing of its own', async (script, code, said) => {
    const { exit, stderr } = await runProcess(atOtherEnd(['sh', '-c', script]));
    expect([exit, stderr.toString()]).toEqual([{ code }, said]);
  });

  it('names the group that signals are for while the program runs, and no longer', async () => {
    const child = spawnProcess(
      atOtherEnd(['sh', '-c', `trap 'exit 9' TERM; cat ${number}; while :; do sleep 0.1; done`]),
    );
    const named = await new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(Number(chunk))));
    expect(named).toBe(child.pid);
    process.kill(-child.pid, 'SIGTERM');
    expect((await collect(child)).exit).toEqual({ code: 9 });
    expect(readFileSync(number, 'utf8')).toBe('\n');
  });
});
