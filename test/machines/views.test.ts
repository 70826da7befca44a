import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnProcess } from '../../src/exec.js';
import { diskFiles } from '../../src/machines/disk-files.js';
import type { FileContent, FileView } from '../../src/machines/machine.js';
import { shellFileView } from '../../src/machines/shell-files.js';
import { comparePaths, type FilePath, pathFromText } from '../../src/model/file-path.js';

const at = (path: string) => path as FilePath;
let root: string;

// The same tree through both views: whatever one says, the other must say too.
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'views-'));
  for (const folder of ['usr/bin', 'etc/sub', 'var/lib/info', 'secret'])
    mkdirSync(`${root}/${folder}`, { recursive: true });
  symlinkSync('usr/bin', `${root}/bin`);
  symlinkSync('/usr/bin', `${root}/abs`);
  symlinkSync('/etc', `${root}/secret/host`);
  symlinkSync('../../../../etc/hostname', `${root}/secret/up`);
  symlinkSync('loop', `${root}/loop`);
  writeFileSync(`${root}/usr/bin/tool`, 'tool\n', { mode: 0o755 });
  writeFileSync(`${root}/etc/hostname`, 'inside\n');
  writeFileSync(`${root}/etc/a b\n"c"`, 'odd');
  writeFileSync(`${root}/etc/-n`, 'dash');
  writeFileSync(Buffer.from(`${root}/etc/caf\xe9`, 'latin1'), 'bytes');
  for (const name of ['one.list', 'two.list', 'two.md5sums']) writeFileSync(`${root}/var/lib/info/${name}`, name);
  writeFileSync(`${root}/var/lib/info/big.list`, Buffer.alloc(700_000, 'x'));
  symlinkSync('/etc/hostname', `${root}/var/lib/info/linked.list`);
  mkdirSync(`${root}/etc-x`);
  execFileSync('touch', ['-d', '@1600000000.999999999', `${root}/usr/bin/tool`]);
});
afterAll(() => rmSync(root, { recursive: true }));

const views: [string, () => FileView][] = [
  ['diskFiles', () => diskFiles(pathFromText(root))],
  [
    'shellFileView',
    () =>
      shellFileView({ spawn: async (argv, options = {}) => spawnProcess(argv, { ...options, cwd: root }) }, 'x', '.'),
  ],
];

describe.each(views)('%s', (_name, open) => {
  it('sees an entry through a link without following the last one', async () => {
    expect(await open().lstat(at('/bin/tool'))).toMatchObject({
      path: '/bin/tool',
      type: 'file',
      mode: 0o755,
      size: 5,
    });
    expect(await open().lstat(at('/bin'))).toMatchObject({ type: 'symlink', target: 'usr/bin', size: 0 });
    expect(await open().lstat(at('/'))).toMatchObject({ path: '/', type: 'directory' });
    expect(await open().lstat(at('/usr/none'))).toBeUndefined();
  });

  it('cuts times to whole seconds and never rounds them up', async () => {
    expect((await open().lstat(at('/usr/bin/tool')))?.mtime).toBe(1_600_000_000);
  });

  it('never follows a link out of the root', async () => {
    expect((await open().read(at('/secret/host/hostname'))).toString()).toBe('inside\n');
    expect((await open().read(at('/secret/up'))).toString()).toBe('inside\n');
    expect(await open().lstat(at('/secret/host/passwd'))).toBeUndefined();
    await expect(open().read(at('/abs/passwd'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives many contents in the order asked, once through each link, and leaves out what is no file', async () => {
    const asked = ['/var/lib/info/two.list', '/etc/none', '/etc/a b\n"c"', '/etc', '/bin/tool', '/loop', '/abs/tool'];
    const paths = [...asked, '/etc/caf\xe9', '/var/lib/info/big.list', '/etc/-n'].map(at);
    expect(await sizes(open().contents(paths))).toEqual([
      ['/var/lib/info/two.list', 8],
      ['/etc/a b\n"c"', 3],
      ['/bin/tool', 5],
      ['/abs/tool', 5],
      ['/etc/caf\xe9', 5],
      ['/var/lib/info/big.list', 700_000],
      ['/etc/-n', 4],
    ]);
    expect((await sizes(open().contents(paths, { length: 4 }))).map(([, size]) => size)).toEqual([4, 3, 4, 4, 4, 4, 4]);
  });

  it('goes on to the next content when one was not read to its end', async () => {
    const paths = ['/var/lib/info/big.list', '/etc/hostname', '/bin/tool'].map(at);
    const texts: string[] = [];
    for await (const { path, content } of open().contents(paths)) {
      if (path === '/etc/hostname') continue;
      for await (const piece of content) {
        texts.push(piece.toString().slice(0, 4));
        break;
      }
    }
    expect(texts).toEqual(['xxxx', 'tool']);
  });

  it('reads what links lead to, and streams it', async () => {
    expect((await open().read(at('/abs/tool'))).toString()).toBe('tool\n');
    const chunks: Buffer[] = [];
    for await (const chunk of open().stream(at('/var/lib/info/big.list'))) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).length).toBe(700_000);
    await expect(open().read(at('/loop'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(open().stream(at('/etc/none')).toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lists names in byte order, whatever bytes they are', async () => {
    expect(await open().list(at('/etc'))).toEqual(['-n', 'a b\n"c"', 'caf\xe9', 'hostname', 'sub']);
    await expect(open().list(at('/none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives entries in the order asked, hashed', async () => {
    const paths = ['/etc/caf\xe9', '/none', '/bin', '/bin/tool', '/etc/caf\xe9'].map(at);
    const found = await open().entries(paths, { hash: true })[Symbol.asyncIterator]();
    const entries = [];
    for (let next = await found.next(); !next.done; next = await found.next()) entries.push(next.value);
    expect(entries.map((entry) => entry?.path)).toEqual([
      '/etc/caf\xe9',
      undefined,
      '/bin',
      '/bin/tool',
      '/etc/caf\xe9',
    ]);
    expect(entries[3]?.hash).toBe(createHash('sha256').update('tool\n').digest('hex'));
    expect(entries[0]?.hash).toBe(createHash('sha256').update('bytes').digest('hex'));
    expect(entries[2]?.hash).toBeUndefined();
  });

  it('walks parents first and siblings in byte order, not below what is excluded', async () => {
    const paths: FilePath[] = [];
    for await (const { path } of open().walk(at('/'), { exclude: [at('/var/lib'), at('/usr/bin')] })) paths.push(path);
    expect(paths).toEqual([
      ...[
        '/',
        '/abs',
        '/bin',
        '/etc',
        '/etc/-n',
        '/etc/a b\n"c"',
        '/etc/caf\xe9',
        '/etc/hostname',
        '/etc/sub',
        '/etc-x',
      ],
      ...['/loop', '/secret', '/secret/host', '/secret/up', '/usr', '/usr/bin', '/var', '/var/lib'],
    ]);
  });

  it('walks below a linked folder under the name that was asked for', async () => {
    const paths: FilePath[] = [];
    for await (const { path } of open().walk(at('/secret/host/sub'))) paths.push(path);
    expect(paths).toEqual(['/secret/host/sub']);
  });

  it('gathers what matches, links followed', async () => {
    const found = await open().gather(['/var/lib/info/*.list', '/bin/{tool,none}', '/etc/hostname', '/**/two.*']);
    expect([...found.keys()]).toEqual(
      [
        ...['/bin/tool', '/etc/hostname', '/var/lib/info/big.list', '/var/lib/info/linked.list'],
        ...['/var/lib/info/one.list', '/var/lib/info/two.list', '/var/lib/info/two.md5sums'],
      ].sort(comparePaths),
    );
    expect(found.get(at('/var/lib/info/linked.list'))?.toString()).toBe('inside\n');
    expect(found.get(at('/var/lib/info/big.list'))?.length).toBe(700_000);
  });
});

async function sizes(contents: AsyncIterable<FileContent>): Promise<[string, number][]> {
  const found: [string, number][] = [];
  for await (const { path, content } of contents) {
    let size = 0;
    for await (const piece of content) size += piece.length;
    found.push([path, size]);
  }
  return found;
}

describe('shellFileView', () => {
  const names = Array.from({ length: 50 }, (_, at) => `many-${at}`);
  const open = (onStart: (argv: readonly string[]) => void): FileView =>
    shellFileView(
      {
        spawn: async (argv, options = {}) => {
          onStart(argv);
          return spawnProcess(argv, { ...options, cwd: root });
        },
      },
      'x',
      '.',
    );
  beforeAll(() => {
    for (const name of names) writeFileSync(`${root}/etc/sub/${name}`, name);
  });

  it.each([{}, { length: 4 }])('starts as many processes for many contents as for one (%o)', async (options) => {
    const started = async (paths: readonly string[]): Promise<number> => {
      let count = 0;
      await sizes(open(() => count++).contents(paths.map(at), options));
      return count;
    };
    expect(await started(names.map((name) => `/etc/sub/${name}`))).toBe(await started(['/etc/sub/many-1']));
  });

  it('gives the other beginnings when a file is gone, or has grown, since it was looked at: of that as much as it was', async () => {
    const change = (argv: readonly string[]): void => {
      if (!argv.includes('head')) return;
      rmSync(`${root}/etc/sub/many-3`);
      writeFileSync(`${root}/etc/sub/many-7`, 'grown since');
    };
    const found = await sizes(
      open(change).contents(
        names.map((name) => at(`/etc/sub/${name}`)),
        { length: 100 },
      ),
    );
    const expected = names.filter((name) => name !== 'many-3').map((name) => [`/etc/sub/${name}`, name.length]);
    expect(new Map(found)).toEqual(new Map(expected as [string, number][]));
  });
});
