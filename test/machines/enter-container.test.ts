import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/exec.js';
import { enterContainer } from '../../src/machines/enter-container.js';
import type { SpawnOptions } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'enter-container-'));
const pidFile = join(folder, 'pid');
afterAll(() => rmSync(folder, { recursive: true }));

/** With the engine's own variables around it, and the PATH of a system that may have other tools. */
function enter(argv: readonly string[], options: SpawnOptions, path = '/usr/bin:/bin') {
  const entry = enterContainer(argv, options, pidFile);
  return run(entry.argv, { env: { HOME: '/engine', ...entry.environment, PATH: path } });
}

describe('what an engine runs in a container', () => {
  it('gives the command its variables, whatever their names, and no other', async () => {
    const environment = { 'BASH_FUNC_module%%': '() { :; }', 'a.b': "it's\n$HOME", IFS: ',', PATH: '/usr/bin:/bin' };
    const { stdout } = await enter(['env', '-0'], { environment });
    expect(stdout.split('\0').sort()).toEqual(
      ['', 'BASH_FUNC_module%%=() { :; }', 'IFS=,', 'PATH=/usr/bin:/bin', "a.b=it's\n$HOME"].sort(),
    );
  });

  it('tells no value in its arguments, which everybody may read', () => {
    const { argv, environment } = enterContainer(['true'], { environment: { TOKEN: 'a secret' } }, pidFile);
    expect(argv.join(' ')).not.toContain('a secret');
    expect(Object.values(environment)).toEqual(['TOKEN=a secret']);
  });

  it('sets folder and mask, notes its number, and never makes code of what it was told', async () => {
    const cwd = join(folder, '$(id) a');
    mkdirSync(cwd);
    const script = 'printf "%s|" "$$" "$@" >out; exit 7';
    const options = { cwd: pathFromText(cwd), umask: 0o027 };
    expect((await enter(['sh', '-c', script, 'sh', '$(id)', ';', ''], options)).code).toBe(7);
    expect(readFileSync(join(cwd, 'out'), 'utf8')).toBe(`${readFileSync(pidFile)}|$(id)|;||`);
    expect(statSync(join(cwd, 'out')).mode & 0o777).toBe(0o640);
  });
});

describe('the user of what an engine runs', () => {
  beforeEach(needs({ root: true, programs: ['setpriv', 'busybox'] }));

  const ids = ['sh', '-c', 'id -u; id -g; grep ^Groups: /proc/self/status'];
  const users = [
    [{ uid: 1234, gid: 4321 }, '1234\n4321\nGroups:\t \n'],
    [{ uid: 7, gid: 0, groups: [] }, '7\n0\nGroups:\t \n'],
  ] as const;

  /** All programs of a system that has BusyBox alone. */
  const busyBox = () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const program = findProgram('busybox') ?? '';
    for (const name of ['busybox', 'sh', 'env', 'setpriv', 'su', 'id', 'sort', 'tr', 'grep'])
      if (!existsSync(join(bin, name))) symlinkSync(program, join(bin, name));
    return bin;
  };

  it.each(users)('is %j by setpriv and by BusyBox', async (user, said) => {
    expect(await enter(ids, { user })).toMatchObject({ code: 0, stdout: said, stderr: '' });
    expect(await enter(ids, { user }, busyBox())).toMatchObject({ code: 0, stdout: said, stderr: '' });
  });

  it('has the groups that it is to have, by setpriv or not at all', async () => {
    const user = { uid: 1234, gid: 4321, groups: [7, 4321] };
    expect((await enter(ids, { user })).stdout).toBe('1234\n4321\nGroups:\t7 4321 \n');
    const refused = await enter(ids, { user }, busyBox());
    expect([refused.code, refused.stdout]).toEqual([125, '']);
    expect(refused.stderr).toBe(
      'no account has the uid 1234 and just the groups 7 4321: add the setpriv of util-linux\n',
    );
  });

  it('is root as the engine has it where nobody else is asked for', async () => {
    for (const user of [undefined, { uid: 0, gid: 0, groups: [0] }])
      expect(enterContainer(['true'], user ? { user } : {}, pidFile).argv[2]).not.toContain('setpriv');
  });
});
