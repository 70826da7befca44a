import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { FileContent, FileView } from '../../src/machines/machine.js';
import type { FileKind } from '../../src/model/file-entry.js';
import { comparePaths, type FilePath } from '../../src/model/file-path.js';
import { must } from './run.js';

const at = (path: string) => path as FilePath;
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const long = 'n'.repeat(120);
const sparseBytes = 48 * 1024 * 1024;

/** Puts into the folder `t` of a root what every view of that root must see alike. */
export async function makeTree(root: string): Promise<void> {
  const top = `${root}/t`;
  for (const folder of ['usr/bin', 'etc/sub', 'var/lib/info', 'secret', 'empty']) {
    mkdirSync(`${top}/${folder}`, { recursive: true });
  }
  symlinkSync('usr/bin', `${top}/bin`);
  symlinkSync('/t/usr/bin', `${top}/abs`);
  symlinkSync('/t/etc', `${top}/secret/host`);
  symlinkSync('../../../../t/etc/hostname', `${top}/secret/up`);
  symlinkSync('loop', `${top}/loop`);
  writeFileSync(`${top}/usr/bin/tool`, 'tool\n', { mode: 0o755 });
  writeFileSync(`${top}/etc/hostname`, 'inside\n');
  writeFileSync(`${top}/etc/a b\n"c"`, 'odd');
  writeFileSync(`${top}/etc/-n`, 'dash');
  symlinkSync("to\n'there'//", `${top}/etc/odd link\n`);
  writeFileSync(Buffer.from(`${top}/etc/caf\xe9`, 'latin1'), 'bytes');
  mkdirSync(Buffer.from(`${top}/m\xfcll`, 'latin1'));
  writeFileSync(Buffer.from(`${top}/m\xfcll/${long}`, 'latin1'), 'long');
  for (const name of ['one.list', 'two.list', 'two.md5sums']) writeFileSync(`${top}/var/lib/info/${name}`, name);
  writeFileSync(`${top}/var/lib/info/big.list`, Buffer.alloc(700_000, 'x'));
  symlinkSync('/t/etc/hostname', `${top}/var/lib/info/linked.list`);
  mkdirSync(`${top}/etc-x`);
  for (const name of ['h1', 'h2', 'h3']) {
    if (name === 'h1') writeFileSync(`${top}/etc-x/h1`, 'hard');
    else linkSync(`${top}/etc-x/h1`, `${top}/etc-x/${name}`);
  }
  writeFileSync(`${top}/etc-x/sparse`, '');
  truncateSync(`${top}/etc-x/sparse`, sparseBytes);
  await must(['mkfifo', `${top}/etc-x/pipe`]);
  await must(['touch', '-d', '@-5.5', `${top}/etc-x/h1`]);
  utimesSync(`${top}/usr/bin/tool`, 1_600_000_000.999, 1_600_000_000.999);
}

/** What every view promises of {@link makeTree}'s tree, however it reads it. */
export function keepsContract(open: () => FileView): void {
  it('sees an entry through a link without following the last one', async () => {
    const tool = await open().lstat(at('/t/bin/tool'));
    expect(tool).toMatchObject({ path: '/t/bin/tool', type: 'file', mode: 0o755, size: 5 });
    expect(await open().lstat(at('/t/bin'))).toMatchObject({ type: 'symlink', target: 'usr/bin', size: 0 });
    expect(await open().lstat(at('/t/etc/odd link\n'))).toMatchObject({ type: 'symlink', target: "to\n'there'//" });
    expect(await open().lstat(at('/t/etc-x/pipe'))).toMatchObject({ type: 'fifo', size: 0 });
    expect(await open().lstat(at('/'))).toMatchObject({ path: '/', type: 'directory' });
    expect(await open().lstat(at('/t/usr/none'))).toBeUndefined();
  });

  it('cuts times to whole seconds and never rounds them up', async () => {
    expect((await open().lstat(at('/t/usr/bin/tool')))?.mtime).toBe(1_600_000_000);
  });

  it('never follows a link out of the root', async () => {
    expect((await open().read(at('/t/secret/host/hostname'))).toString()).toBe('inside\n');
    expect((await open().read(at('/t/secret/up'))).toString()).toBe('inside\n');
    expect(await open().lstat(at('/t/secret/host/passwd'))).toBeUndefined();
    await expect(open().read(at('/t/abs/passwd'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives many contents in the order asked, once through each link, and leaves out what is no file', async () => {
    const asked = ['/var/lib/info/two.list', '/etc/none', '/etc/a b\n"c"', '/etc', '/bin/tool', '/loop', '/abs/tool'];
    const more = ['/etc/caf\xe9', '/var/lib/info/big.list', '/etc-x/pipe', '/etc/-n', `/m\xfcll/${long}`];
    const paths = [...asked, ...more].map((path) => at(`/t${path}`));
    expect(await sizes(open().contents(paths))).toEqual([
      ['/t/var/lib/info/two.list', 8],
      ['/t/etc/a b\n"c"', 3],
      ['/t/bin/tool', 5],
      ['/t/abs/tool', 5],
      ['/t/etc/caf\xe9', 5],
      ['/t/var/lib/info/big.list', 700_000],
      ['/t/etc/-n', 4],
      [`/t/m\xfcll/${long}`, 4],
    ]);
    const beginnings = await sizes(open().contents(paths, { length: 4 }));
    expect(beginnings.map(([, size]) => size)).toEqual([4, 3, 4, 4, 4, 4, 4, 4]);
  });

  it('gives the content of each name of a file', async () => {
    const paths = ['/t/etc-x/h3', '/t/etc-x/h1', '/t/etc-x/h2'].map(at);
    expect((await sizes(open().contents(paths))).sort()).toEqual([...paths].sort().map((path) => [path, 4]));
  });

  it('goes on to the next content when one was not read to its end', async () => {
    const paths = ['/t/var/lib/info/big.list', '/t/etc/hostname', '/t/bin/tool'].map(at);
    const texts: string[] = [];
    for await (const { path, content } of open().contents(paths)) {
      if (path === '/t/etc/hostname') continue;
      for await (const piece of content) {
        texts.push(piece.toString().slice(0, 4));
        break;
      }
    }
    expect(texts).toEqual(['xxxx', 'tool']);
  });

  it('reads what links lead to, and streams it', async () => {
    expect((await open().read(at('/t/abs/tool'))).toString()).toBe('tool\n');
    expect(await streamed(open(), '/t/var/lib/info/big.list')).toBe(700_000);
    expect(await streamed(open(), '/t/etc-x/sparse')).toBe(sparseBytes);
    await expect(open().read(at('/t/loop'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(open().read(at('/t/etc'))).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(open().stream(at('/t/etc')).toArray()).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(open().stream(at('/t/etc/none')).toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lists names in byte order, whatever bytes they are', async () => {
    const names = ['-n', 'a b\n"c"', 'caf\xe9', 'hostname', 'odd link\n', 'sub'];
    expect(await open().list(at('/t/etc'))).toEqual(names);
    expect(await open().list(at('/t/secret/host'))).toEqual(names);
    expect(await open().list(at('/t/empty'))).toEqual([]);
    await expect(open().list(at('/t/none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(open().list(at('/t/etc/hostname'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('gives entries in the order asked, hashed', async () => {
    const asked = ['/etc/caf\xe9', '/none', '/bin', '/bin/tool', '/etc-x/h3', '/etc/a b\n"c"', '/etc/caf\xe9'];
    const found = [];
    for await (const each of open().entries(
      asked.map((path) => at(`/t${path}`)),
      { hash: true },
    )) {
      found.push(each);
    }
    expect(found.map(([path, entry]) => [path, entry?.path])).toEqual(
      asked.map((path) => [`/t${path}`, path === '/none' ? undefined : `/t${path}`]),
    );
    const hashes = [sha256('bytes'), undefined, undefined, sha256('tool\n'), sha256('hard'), sha256('odd')];
    expect(found.map(([, entry]) => entry?.hash)).toEqual([...hashes, sha256('bytes')]);
  });

  it('walks parents first and siblings in byte order, not below what is excluded', async () => {
    const exclude = [at('/t/var/lib'), at('/t/usr/bin'), at('/t/etc')];
    const expected = ['', '/abs', '/bin', '/empty', '/etc', '/etc-x', '/etc-x/h1', '/etc-x/h2', '/etc-x/h3'];
    const rest = ['/etc-x/pipe', '/etc-x/sparse', '/loop', '/m\xfcll', `/m\xfcll/${long}`, '/secret', '/secret/host'];
    expect(await walked(open(), '/t', exclude)).toEqual(
      [...expected, ...rest, '/secret/up', '/usr', '/usr/bin', '/var', '/var/lib'].map((path) => `/t${path}`),
    );
  });

  it('walks below a linked folder under the name that was asked for, and from a name that is no text', async () => {
    expect(await walked(open(), '/t/secret/host/sub')).toEqual(['/t/secret/host/sub']);
    expect(await walked(open(), '/t/m\xfcll')).toEqual(['/t/m\xfcll', `/t/m\xfcll/${long}`]);
  });

  it('tells kinds as it tells entries, of paths and of trees', async () => {
    const paths = [
      '/bin/tool',
      '/none',
      '/bin',
      '/etc/odd link\n',
      '/etc/caf\xe9',
      '/bin/tool/x',
      '/etc-x/pipe',
      '/loop',
    ];
    const asked = [...paths, '/loop/x', '/secret/host/sub'].map((path) => at(`/t${path}`));
    expect((await open().kinds(asked)).map(([path, kind]) => [path, kindOf(kind)])).toEqual(
      await collected(open().entries(asked), ([path, entry]) => [path, kindOf(entry)]),
    );
    const roots = [
      '/t/etc',
      '/t/none',
      '/t/secret/host/sub',
      '/t/usr/bin/tool',
      '/t/m\xfcll',
      '/t/etc-x',
      '/t/var',
    ].map(at);
    const exclude = [at('/t/var/lib')];
    const found = (await collected(open().walkKinds(roots, { exclude }), (kinds) => kinds)).flat();
    const byPath = (a: FileKind | undefined, b: FileKind | undefined) => comparePaths(a?.path ?? '', b?.path ?? '');
    expect(found.map(kindOf).sort(byPath)).toEqual(
      (await collected(open().walk(roots, { exclude }), kindOf)).sort(byPath),
    );
    const place = (path: string) => found.findIndex((kind) => kind.path === path);
    expect(found.every(({ path }) => place(path.replace(/\/[^/]*$/, '')) < place(path))).toBe(true);
  });

  it('walks with the hashes of all that has content', async () => {
    const found = [];
    for await (const { path, hash } of open().walk(at('/t/etc-x'), { hash: true })) found.push([path.slice(9), hash]);
    const hard = sha256('hard');
    expect(found).toEqual([
      ['', undefined],
      ['h1', hard],
      ['h2', hard],
      ['h3', hard],
      ['pipe', undefined],
      ['sparse', sha256(Buffer.alloc(sparseBytes))],
    ]);
  });

  it('tells of what cannot be gathered because it is a FIFO, and not of folders', async () => {
    const told: unknown[] = [];
    const unreadable = (path: FilePath, code: string) => told.push([path, code]);
    const found = await open().gather(['/t/etc-x/pipe', '/t/bin', '/t/none'], undefined, unreadable);
    expect([[...found], told]).toEqual([[], [['/t/etc-x/pipe', 'EAGAIN']]]);
  });

  it('gathers what matches, links followed', async () => {
    const found = await open().gather([
      ...['/t/var/lib/info/*.list', '/t/bin/{tool,none}', '/t/etc/hostname', '/t/**/two.*', '/t/etc-x/h[12]'],
    ]);
    const info = ['big.list', 'linked.list', 'one.list', 'two.list', 'two.md5sums'].map(
      (name) => `var/lib/info/${name}`,
    );
    expect([...found.keys()].sort(comparePaths)).toEqual(
      ['bin/tool', 'etc-x/h1', 'etc-x/h2', 'etc/hostname', ...info].map((path) => `/t/${path}`),
    );
    expect(found.get(at('/t/var/lib/info/linked.list'))?.toString()).toBe('inside\n');
    expect(found.get(at('/t/etc-x/h2'))?.toString()).toBe('hard');
    expect(found.get(at('/t/var/lib/info/big.list'))?.length).toBe(700_000);
  });
}

function kindOf(kind: FileKind | undefined): FileKind | undefined {
  return kind && { path: kind.path, type: kind.type, ...(kind.target === undefined ? {} : { target: kind.target }) };
}

async function collected<Given, Kept>(given: AsyncIterable<Given>, keep: (each: Given) => Kept): Promise<Kept[]> {
  const kept: Kept[] = [];
  for await (const each of given) kept.push(keep(each));
  return kept;
}

/** Every content to its end: paths with sizes. */
export async function sizes(contents: AsyncIterable<FileContent>): Promise<[string, number][]> {
  const found: [string, number][] = [];
  for await (const { path, content } of contents) {
    let size = 0;
    for await (const piece of content) size += piece.length;
    found.push([path, size]);
  }
  return found;
}

async function streamed(files: FileView, path: string): Promise<number> {
  let size = 0;
  for await (const chunk of files.stream(at(path))) size += (chunk as Buffer).length;
  return size;
}

async function walked(files: FileView, root: string, exclude: readonly FilePath[] = []): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of files.walk(at(root), { exclude })) paths.push(path);
  return paths;
}
