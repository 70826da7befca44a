import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePath, pathFromText } from '../../src/model/file-path.js';
import type { Step } from '../../src/model/plan.js';
import { Carried } from '../../src/rendering/carried.js';
import { Script } from '../../src/rendering/script.js';
import { writeRendering } from '../../src/rendering/write.js';
import { folderContents } from '../../src/spec/folder/contents.js';
import { openTemplates } from '../../src/templates/templates.js';
import { needs } from '../support/needs.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-script-'));
const stage = join(folder, 'provision/1-test');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, 'provision'), { recursive: true, force: true }));

const contents = folderContents('/no/such');
const nothing = new Carried(contents, async () => new Map());

async function install(steps: readonly Step[]) {
  const script = new Script(nothing);
  script.steps(steps);
  const templates = openTemplates();
  const { files } = await script.stage('a test; id', templates);
  mkdirSync(join(folder, 'provision'));
  writeFileSync(join(folder, 'provision/functions.sh'), await templates.read('provision/functions.sh'));
  await writeRendering([...files, { name: 'beside', content: '' }], stage);
  return spawnSync('sh', [join(stage, 'install.sh')], { encoding: 'utf8' });
}

const odd = ["it's", '$(id)', 'two\nlines\n', '', '-n', '\\', '`id`', '; id', '*', 'é'];

it('runs each command with the words, the folder and the variables that its step has', async () => {
  const argv = ['sh', '-c', `printf '%s\\0' "$PWD" "$X" "$@"`, 'sh', ...odd];
  const cwd = join(folder, "it's; a\nfolder");
  mkdirSync(cwd);
  const reason = 'to see\nid\\';
  const { stdout, stderr } = await install([
    { kind: 'run', argv, cwd: pathFromText(cwd), environment: { X: "'\n$Y" }, reason },
  ]);
  expect(stderr).toBe('');
  expect(stdout.split('\0').slice(0, -1)).toEqual([cwd, "'\n$Y", ...odd]);
});

it('ends when a command fails', async () => {
  const reason = 'to see';
  const { status, stdout } = await install([
    { kind: 'run', argv: ['false'], reason },
    { kind: 'run', argv: ['echo', 'on'], reason },
  ]);
  expect([status, stdout]).toEqual([1, '']);
});

describe('a step of the spec', () => {
  beforeEach(needs({ root: true }));

  it('does a step of the spec again as it was done, and goes on with a warning where it ends otherwise', async () => {
    const step = {
      kind: 'replay',
      id: 'make',
      argv: ['sh', '-c', 'umask; env; exit 3'],
      cwd: pathFromText(folder),
      environment: { ONLY: 'this' },
      umask: 0o027,
      user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      makes: [],
      reason: 'to see',
    } as const;
    const other = await install([{ ...step, exit: 0 }]);
    expect([other.status, other.stderr]).toEqual([0, 'step make ended with 3, not 0\n']);
    expect(other.stdout).toContain('0027\n');
    expect(other.stdout).toContain('ONLY=this\n');
    expect(other.stdout).not.toContain('LC_ALL');
    rmSync(join(folder, 'provision'), { recursive: true });
    expect((await install([{ ...step, exit: 3 }])).stderr).toBe('');
  });
});

it('removes paths whatever their bytes', async () => {
  const paths = ['plain', "it's\nodd", '-rf'].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, '');
  const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff)]);
  writeFileSync(bytes, '');
  const all = [...paths.map(pathFromText), parsePath(`${folder}/\\xff`)];
  const { stderr } = await install(all.map((path) => ({ kind: 'remove', path, reason: 'gone' })));
  expect(stderr).toBe('');
  for (const path of [...paths, bytes]) expect(() => readFileSync(path)).toThrow('ENOENT');
});

it('has no file of a stage in which nothing is to be done', async () => {
  expect((await new Script(nothing).stage('none', openTemplates())).files).toEqual([]);
});

async function functions(script: string) {
  const file = join(folder, 'functions.sh');
  writeFileSync(file, await openTemplates().read('provision/functions.sh'));
  return spawnSync('sh', ['-euc', `. ./functions.sh\n${script}`], { cwd: folder, encoding: 'utf8' });
}

describe('what is got from an address', () => {
  beforeEach(needs({ programs: ['curl'] }));

  it('takes the first address that has a package as it should be, and ends where none has', async () => {
    writeFileSync(join(folder, 'wrong'), 'wrong');
    writeFileSync(join(folder, 'right'), 'right');
    const sum = createHash('sha256').update('right').digest('hex');
    const local = (name: string) => `file://${folder}/${name}`;
    const right = await functions(
      `fetch sha256 ${sum} a.deb ${local('none')} ${local('wrong')} ${local('right')}; echo on`,
    );
    expect([right.status, right.stdout, readFileSync(join(folder, 'a.deb'), 'utf8')]).toEqual([0, 'on\n', 'right']);
    const wrong = await functions(`fetch sha256 ${sum} b.deb ${local('wrong')}; echo on`);
    expect([wrong.status, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain(`no address has b.deb as it should be (sha256 ${sum})`);
  });
});

it('adds an account where there is none of that very name', async () => {
  const file = join(folder, 'passwd');
  writeFileSync(file, 'root:x:0:0::/:/bin/sh\nabc:x:1:1::/:\n');
  await functions("account passwd 'root:*:5:5:::'; account passwd 'a.c:*:7:7:::'; account passwd 'a.c:*:8:8:::'");
  expect(readFileSync(file, 'utf8')).toBe('root:x:0:0::/:/bin/sh\nabc:x:1:1::/:\na.c:*:7:7:::\n');
});

it('adds members to a group that is there, each once, and to no other', async () => {
  const file = join(folder, 'group');
  writeFileSync(file, 'root:x:0:root\nwheel:x:10:root,ada\nab:x:11:\nwheels:x:12:root\n');
  const lines = ["'wheel:*:10:ada,da,*'", "'ab:*:11:ada,da'", "'new:*:13:da'", "'root:*:0:'"];
  await functions(lines.map((line) => `account ./group ${line}`).join('\n'));
  expect(readFileSync(file, 'utf8')).toBe(
    'root:x:0:root\nwheel:x:10:root,ada,da,*\nab:x:11:ada,da\nwheels:x:12:root\nnew:*:13:da\n',
  );
});

describe('another user, by the tools of BusyBox', () => {
  beforeEach(needs({ root: true, programs: ['busybox'] }));

  const tools = () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['setpriv', 'su', 'id', 'sort', 'tr', 'grep']) rmSync(join(bin, name), { force: true });
    const links = ['setpriv', 'su', 'id', 'sort', 'tr', 'grep'].map(
      (name) => `ln -s "$(command -v busybox)" bin/${name}`,
    );
    return [...links, `PATH=${bin}:$PATH`].join('\n');
  };

  it('is who was asked for, and runs the very words', async () => {
    const words = odd.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const said = `'printf "%s\\0" "$(id -u) $(id -G) $X" "$@"; exit 7' sh ${words}`;
    const { status, stdout, stderr } = await functions(
      `${tools()}\nas_user 65534 65534 '' env -i "X=a b" PATH=/usr/bin:/bin sh -c ${said}`,
    );
    expect([status, stderr]).toEqual([7, '']);
    expect(stdout.split('\0').slice(0, -1)).toEqual(['65534 65534 a b', ...odd]);
  });

  it('is nobody else where no account has these groups, and says what helps', async () => {
    const { status, stdout, stderr } = await functions(`${tools()}\nas_user 65534 65534 3,4 id`);
    expect([status, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/no account has the uid 65534, .* groups '3,4': add the setpriv of util-linux/);
  });
});
