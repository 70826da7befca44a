import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { identifyPaths } from '../../src/identification/identify-paths.js';
import { lookAtKinds } from '../../src/identification/look-at.js';
import { machineFrom } from '../../src/machines/from.js';
import type { FileView, Machine } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import { needs, shared } from '../support/needs.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { keepsContract, makeTree } from '../support/view-contract.js';

beforeEach(needs({ root: true, programs: ['sshd', 'ssh', 'ssh-keygen'] }));

let sshd: Sshd;
let folder: string;
let machine: Machine;

/** Of each kind of path. */
const most = 300;
/** The tree of the contract lies in /t of every machine that is tested; here that is this one. */
const tree = '/t';

beforeEach(
  shared(async () => {
    sshd = await startSshd();
    vi.stubEnv('PATH', `${sshd.bin}:${process.env['PATH']}`);
    folder = mkdtempSync(join(tmpdir(), 'ssh-'));
    await makeTree('');
    machine = await machineFrom(`ssh:${sshd.user}@127.0.0.1:${sshd.port}`);
  }),
);
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await sshd?.[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  for (const path of [folder, tree]) if (path) rmSync(path, { recursive: true, force: true });
});

describe('the view of a host over ssh', () => keepsContract((): FileView => machine.files));

describe('a host over ssh', () => {
  it('runs programs as they are, with nothing of the caller in their environment', async () => {
    const odd = ['a b', "it's", '$HOME', '', '*', 'new\nline', '\\'];
    const run = async (argv: readonly string[], options = {}) => machine.shell?.run(argv, options);
    expect((await run(['printf', '%s|', ...odd]))?.stdout.toString()).toBe(`${odd.join('|')}|`);
    const environment = { PATH: '/usr/bin', 'A B': "it's" };
    expect((await run(['env'], { environment }))?.stdout.toString()).toBe("PATH=/usr/bin\nA B=it's\n");
    const place = { cwd: '/t/usr' as FilePath, umask: 0o027, user: { uid: 65534, gid: 65534 } };
    const script = 'pwd; umask; id -u; cat; exit 7';
    const result = await run(['sh', '-c', script], { ...place, input: 'in' });
    expect(result?.exit).toEqual({ code: 7 });
    expect(result?.stdout.toString()).toBe('/t/usr\n0027\n65534\nin');
  });

  it('is asked as often for many paths as for a few', async () => {
    for (let at = 0; at < most; at++) {
      mkdirSync(`${folder}/${at}`);
      writeFileSync(`${folder}/${at}/file`, 'x');
    }
    // A link is one more question, however many there are.
    const isReal = (path: string, is: 'isDirectory' | 'isFile') => lstatSync(path, { throwIfNoEntry: false })?.[is]();
    const copyrights = readdirSync('/usr/share/doc')
      .filter((name) => isReal(`/usr/share/doc/${name}`, 'isDirectory'))
      .map((name) => `/usr/share/doc/${name}/copyright`)
      .filter((path) => isReal(path, 'isFile'));
    const sample = (count: number) => {
      const numbers = Array.from({ length: count }, (_, at) => at);
      const own = numbers.flatMap((at) => [`${folder}/${at}`, `${folder}/${at}/file`, `${folder}/${at}/none`]);
      return [...own, ...copyrights.slice(0, count)].map((path) => path as FilePath);
    };
    const asked = async (count: number): Promise<number> => {
      const before = sshd.starts();
      const { classes } = await identifyPaths(machine, await lookAtKinds(machine, sample(count)));
      expect(classes.owned).toBeGreaterThan(count / 2);
      return sshd.starts() - before;
    };
    expect(await asked(most)).toBe(await asked(2));
  });

  it('leaves nothing behind', async () => {
    const temporary = mkdtempSync(join(folder, 't-'));
    vi.stubEnv('TMPDIR', temporary);
    const own = await machineFrom(`ssh:${sshd.user}@127.0.0.1:${sshd.port}`);
    vi.stubEnv('TMPDIR', undefined);
    expect(readdirSync(temporary)).toHaveLength(1);
    await own[Symbol.asyncDispose]();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('says why it cannot be reached', async () => {
    await expect(machineFrom(`ssh:nobody@127.0.0.1:${sshd.port}`)).rejects.toThrow(
      /cannot be reached: .*Permission denied/,
    );
    await expect(machineFrom('ssh:127.0.0.1:1')).rejects.toThrow(/cannot be reached: .*refused/);
  });
});
