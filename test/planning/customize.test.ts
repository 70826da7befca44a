import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import {
  appendFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Contents } from '../../src/archives/contents.js';
import { sha256 } from '../../src/hash.js';
import type { Machine, Shell } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Step } from '../../src/model/plan.js';
import { checkContents, customize } from '../../src/planning/customize.js';

let folder: string;
let contents: Contents;
let calls: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'customize-'));
  await mkdir(join(folder, 'root'));
  calls = [];
  const fileOf = (hash: string) => join(folder, hash);
  contents = {
    add: async () => ({ hash: '', size: 0 }),
    has: async (hash) => (await lstat(fileOf(hash)).catch(() => undefined)) !== undefined,
    locate: async (hash) => fileOf(hash),
    find: async (hash) => ({ file: fileOf(hash), size: (await lstat(fileOf(hash))).size }),
    open: (hash) => createReadStream(fileOf(hash)),
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function keep(text: string | Buffer): Promise<string> {
  await writeFile(join(folder, sha256(text)), text);
  return sha256(text);
}

/** Unpacks with the real tar into a folder and notes every call; programs that are run fail when told so. */
function machine(answer: { code: number; stderr?: string } = { code: 0 }): Machine {
  const put: Shell['put'] = async (_directory, tar) => {
    calls.push('put');
    execFileSync('tar', ['-x', '-p', '-C', join(folder, 'root')], { input: await buffer(tar) });
  };
  const run: Shell['run'] = async (argv, options) => {
    calls.push([...argv, options?.input ? String(options.input) : ''].join(' '));
    return { exit: { code: answer.code }, stdout: Buffer.alloc(0), stderr: Buffer.from(answer.stderr ?? '') };
  };
  return { label: 'a test', shell: { put, run } } as Partial<Machine> as Machine;
}

const plain = { mode: 0o644, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, reason: 'test' };
const path = (text: string) => text as FilePath;

describe('customize', () => {
  it('puts consecutive entries in one stream, with names of any bytes and length', async () => {
    const content = await keep('hello');
    const long = `/${'d'.repeat(90)}/${'f'.repeat(120)}`;
    const steps: Step[] = [
      { kind: 'directory', path: path(`/${'d'.repeat(90)}`), ...plain, mode: 0o2750, mtime: 1000 },
      { kind: 'write', path: path(long), content, ...plain, mode: 0o4711, mtime: 1_600_000_000 },
      { kind: 'write', path: path(`/\xff\n x`), content, ...plain, mtime: 5 },
      { kind: 'link', path: path('/link'), target: path('t'.repeat(150)), ...plain, mtime: 7 },
    ];
    await customize(machine(), steps, contents);
    expect(calls).toStrictEqual(['put']);
    const root = join(folder, 'root');
    expect(await readFile(join(root, long), 'utf8')).toBe('hello');
    const { mode, mtimeMs } = await lstat(join(root, long));
    expect([mode & 0o7777, mtimeMs]).toStrictEqual([0o4711, 1_600_000_000_000]);
    expect((await lstat(join(root, 'd'.repeat(90)))).mode & 0o7777).toBe(0o2750);
    expect(await readFile(Buffer.from(`${root}/\xff\n x`, 'latin1'), 'utf8')).toBe('hello');
    expect(await readlink(join(root, 'link'))).toBe('t'.repeat(150));
  });

  it.each(['', '--gzip', '--xz'])(
    'unpacks an archive (%s) in the same stream, below a folder and without its own',
    async (compression) => {
      const source = join(folder, 'source');
      await mkdir(join(source, 'package/lib/deep'), { recursive: true });
      await writeFile(join(source, 'package/lib/deep/tool'), 'a tool', { mode: 0o755 });
      await symlink('lib/deep/tool', join(source, 'package/tool'));
      await link(join(source, 'package/lib/deep/tool'), join(source, 'package/same'));
      const archive = execFileSync('tar', ['-c', ...(compression ? [compression] : []), '-C', source, 'package']);
      const content = await keep(archive);
      const { uid, gid, reason } = plain;
      await customize(
        machine(),
        [
          { kind: 'directory', path: path('/opt/a'), ...plain, mode: 0o755 },
          { kind: 'unpack', path: path('/opt/a'), content, strip: 1, owner: { uid, gid }, reason },
          { kind: 'write', path: path('/opt/a/mark'), content: await keep('unpacked'), ...plain, mtime: 1 },
        ],
        contents,
      );
      expect(calls).toStrictEqual(['put']);
      const placed = join(folder, 'root/opt/a');
      expect((await readdir(placed)).sort()).toStrictEqual(['lib', 'mark', 'same', 'tool']);
      expect(await readFile(join(placed, 'tool'), 'utf8')).toBe('a tool');
      const [tool, same] = await Promise.all(['lib/deep/tool', 'same'].map((name) => lstat(join(placed, name))));
      expect([tool?.mode, tool?.ino]).toStrictEqual([0o100755, same?.ino]);
    },
  );

  it('has an archive unpacked by the distribution that knows how, after it was checked', async () => {
    const source = join(folder, 'source');
    await mkdir(join(source, 'package'), { recursive: true });
    await writeFile(join(source, 'package/tool.js'), 'a tool', { mode: 0o600 });
    const content = await keep(execFileSync('tar', ['-c', '--gzip', '-C', source, 'package']));
    const { uid, gid, reason } = plain;
    const details = { umask: 0o022, programs: ['tool.js'], mtime: 1_600_000_000 };
    const step = { kind: 'unpack', path: path('/opt/a'), content, owner: { uid, gid }, reason } as const;
    await customize(machine(), [{ ...step, as: { distribution: 'npm', details } }], contents);
    const { mode, mtimeMs } = await lstat(join(folder, 'root/opt/a/tool.js'));
    expect([mode & 0o7777, mtimeMs]).toStrictEqual([0o755, 1_600_000_000_000]);
    const unknown = { ...step, as: { distribution: 'debian', details } };
    await expect(customize(machine(), [unknown], contents)).rejects.toThrow("cannot unpack packages of 'debian'");
    await appendFile(join(folder, content), 'more');
    await expect(customize(machine(), [{ ...step, as: { distribution: 'npm', details } }], contents)).rejects.toThrow(
      'is damaged',
    );
  });

  it('refuses an archive that is not what its name says', async () => {
    const content = await keep(execFileSync('tar', ['-c', '-C', folder, 'root']));
    await appendFile(join(folder, content), 'more');
    const steps: Step[] = [{ kind: 'unpack', path: path('/opt'), content, reason: 'test' }];
    await expect(customize(machine(), steps, contents)).rejects.toThrow('the content kept for /opt is damaged');
  });

  it('keeps the order of kinds, and removes in one call', async () => {
    const content = await keep('x');
    await customize(
      machine(),
      [
        { kind: 'remove', path: path('/a b'), reason: '' },
        { kind: 'remove', path: path('/c'), reason: '' },
        { kind: 'write', path: path('/f'), content, ...plain, mtime: 1 },
        { kind: 'run', argv: ['ldconfig'], reason: '' },
        { kind: 'write', path: path('/g'), content, ...plain, mtime: 1 },
      ],
      contents,
    );
    expect(calls).toStrictEqual(['xargs -0 -r rm -rf -- /a b\0/c\0', 'put', 'ldconfig ', 'put']);
  });

  it('names the step that failed, its exit code and what it said last', async () => {
    const steps: Step[] = [{ kind: 'run', argv: ['dpkg', '--configure', 'a b'], reason: '' }];
    await expect(customize(machine({ code: 3, stderr: 'one\ntwo\n' }), steps, contents)).rejects.toMatchObject({
      kind: 'step-failed',
      message: 'a step failed (exit code 3): run dpkg --configure "a b"\none\ntwo',
      where: 'a test',
    });
  });

  it('refuses a content that is not what its name says', async () => {
    const content = await keep('good');
    await writeFile(join(folder, content), 'evil');
    const steps: Step[] = [{ kind: 'write', path: path('/bin/tool'), content, ...plain, mtime: 1 }];
    await expect(customize(machine(), steps, contents)).rejects.toThrow('the content kept for /bin/tool is damaged');
  });

  it('says beforehand which contents are missing', async () => {
    const content = sha256('nowhere');
    const steps: Step[] = [{ kind: 'write', path: path('/etc/x'), content, ...plain, mtime: 1 }];
    await expect(
      checkContents({ customize: steps, artifacts: [] }, contents, '/s/environment.yml'),
    ).rejects.toMatchObject({
      kind: 'usage',
      message: `the spec's environment.d lacks the content of /etc/x (${content})`,
      where: '/s/environment.yml',
    });
  });
});
