import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarMembers } from '../../../src/filesystem/tar.js';
import { extractMembers, type NamedMember } from '../../../src/filesystem/tar-extract.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import { type FilePath, pathFromText } from '../../../src/model/file-path.js';
import { copyBetween, copyToStream } from '../../../src/resources/copy/copy.js';
import { readEnd } from '../../../src/resources/copy/named-end.js';

const local = await localMachine();
/** What its own tar unpacks, as that of a container. */
const elsewhere: Machine = { ...local, isLocal: false, label: 'elsewhere' };

let folder: string;
/** Not normalized: a `/.` at the end says something. */
const at = (path: string) => `${folder}/${path}`;
const end = (machine: Machine, path: string) => ({ machine, path: pathFromText(at(path)) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copy-'));
  for (const name of ['from/sub', 'to', 'outside']) await mkdir(at(name), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['this machine', local],
  ['a resource', elsewhere],
])('copying to %s', (_, machine) => {
  const copy = (from: string, to: string) => copyBetween(end(local, from), end(machine, to));

  it('keeps modes, times, links and names of any bytes', async () => {
    const odd = Buffer.from(`${at('from/sub')}/-\xff \n'$(x)`, 'latin1');
    await writeFile(odd, 'odd');
    await chmod(odd, 0o640);
    await utimes(odd, 1e9, 1e9);
    await symlink('/no/such\nplace', at('from/link'));
    await writeFile(at('from/one'), 'one');
    await link(at('from/one'), at('from/two'));
    await chmod(at('from/sub'), 0o555);
    await utimes(at('from/sub'), 1e9, 1e9);
    expect(await copy('from', 'to/new')).toMatchObject({ files: 3, folders: 2, links: 1, leftOut: [] });
    expect(await readdir(at('to/new/sub'), { encoding: 'latin1' })).toEqual(["-\xff \n'$(x)"]);
    const copied = Buffer.from(`${at('to/new/sub')}/-\xff \n'$(x)`, 'latin1');
    expect(await readFile(copied, 'utf8')).toBe('odd');
    const { mode, mtimeMs } = await stat(copied);
    expect([mode & 0o7777, mtimeMs]).toEqual([0o640, 1e12]);
    expect(await readlink(at('to/new/link'))).toBe('/no/such\nplace');
    expect((await stat(at('to/new/one'))).ino).toBe((await stat(at('to/new/two'))).ino);
    const sub = await stat(at('to/new/sub'));
    expect([sub.mode & 0o7777, sub.mtimeMs]).toEqual([0o555, 1e12]);
    expect(await readdir(at('to'))).toEqual(['new']);
  });

  it('goes as cp does into a folder that is there, or under a new name', async () => {
    await writeFile(at('from/file'), 'new');
    await copy('from', 'to');
    await copy('from/file', 'to');
    await copy('from/file', 'to/other');
    await mkdir(at('to/all'));
    await copy('from/.', 'to/all');
    expect((await readdir(at('to'), { recursive: true })).sort()).toEqual(
      ['all', 'all/file', 'all/sub', 'file', 'from', 'from/file', 'from/sub', 'other'].sort(),
    );
  });

  it('adds to a folder that is there, and replaces files in it', async () => {
    await writeFile(at('from/file'), 'new');
    await mkdir(at('to/from'));
    await writeFile(at('to/from/file'), 'old');
    await writeFile(at('to/from/kept'), 'kept');
    await copy('from', 'to');
    expect(await readFile(at('to/from/file'), 'utf8')).toBe('new');
    expect(await readFile(at('to/from/kept'), 'utf8')).toBe('kept');
  });

  it('writes through no link in the place of a folder', async () => {
    await writeFile(at('from/sub/file'), 'new');
    await mkdir(at('to/from'));
    await symlink(at('outside'), at('to/from/sub'));
    await expect(copy('from', 'to')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('a link'),
    });
    expect(await readdir(at('outside'))).toEqual([]);
  });

  it.each(['to', 'to/file'])('writes through no link in the place of a file (copied to %s)', async (to) => {
    await writeFile(at('from/file'), 'new');
    await writeFile(at('outside/file'), 'theirs');
    await symlink(at('outside/file'), at('to/file'));
    await copy('from/file', to);
    expect(await readFile(at('outside/file'), 'utf8')).toBe('theirs');
    expect(await readFile(at('to/file'), 'utf8')).toBe('new');
    expect((await lstat(at('to/file'))).isFile()).toBe(true);
  });

  it('follows a link that is named itself', async () => {
    await writeFile(at('from/file'), 'new');
    await symlink(at('from'), at('named'));
    await copy('named', 'to');
    expect(await readFile(at('to/named/file'), 'utf8')).toBe('new');
  });

  it('hands on no rights of an owner', async () => {
    await writeFile(at('from/tool'), '');
    await chmod(at('from/tool'), 0o6755);
    await copy('from/tool', 'to');
    expect((await stat(at('to/tool'))).mode & 0o7777).toBe(0o755);
  });

  it.each([
    ['what is not there', 'from/none', 'to'],
    ['into a folder that is not there', 'from', 'none/new'],
    ['a file to what is said to be a folder', 'from/file', 'none/'],
    ['a folder over a file', 'from/sub', 'from/file'],
  ])('refuses to copy %s', async (_what, from, to) => {
    await writeFile(at('from/file'), '');
    await expect(copy(from, to)).rejects.toMatchObject({ kind: 'usage' });
    expect(await readdir(at('to'))).toEqual([]);
  });
});

describe('copying to a stream', () => {
  const streamed = async (from: string) => {
    const output = new PassThrough();
    const done = copyToStream(end(elsewhere, from), output).then(() => output.end());
    const chunks: Buffer[] = [];
    for await (const chunk of output) chunks.push(chunk as Buffer);
    await done;
    return Buffer.concat(chunks);
  };

  it('gives the content of a file', async () => {
    await writeFile(at('from/file'), 'content');
    expect((await streamed('from/file')).toString()).toBe('content');
  });

  it('gives a folder as a tar', async () => {
    await writeFile(at('from/file'), 'content');
    const tar = await streamed('from');
    const paths: string[] = [];
    for await (const { path } of tarMembers(Readable.from([tar]))) paths.push(path);
    expect(paths.sort()).toEqual(['/from', '/from/file', '/from/sub']);
  });
});

describe('unpacking what somebody else made', () => {
  const member = (name: string, changes: Partial<NamedMember>): NamedMember => ({
    ...{ name: name as FilePath, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 },
    content: (async function* () {})(),
    ...changes,
  });
  const extract = (...members: NamedMember[]) =>
    extractMembers(
      pathFromText(at('to')),
      (async function* () {
        yield* members;
      })(),
    );

  it('follows no link that came before', async () => {
    const evil = member('evil', { type: 'symlink', target: pathFromText(at('outside')) });
    await expect(extract(evil, member('evil/file', {}))).rejects.toMatchObject({ kind: 'usage' });
    await expect(extract(member('evil', { type: 'directory' }))).rejects.toMatchObject({ kind: 'usage' });
    expect(await readdir(at('outside'))).toEqual([]);
  });

  it('leaves nothing of a file that broke off', async () => {
    await writeFile(at('to/file'), 'before');
    const content = (async function* () {
      yield Buffer.from('half');
      throw new Error('cut');
    })();
    await expect(extract(member('file', { content }))).rejects.toThrow('cut');
    expect(await readdir(at('to'))).toEqual(['file']);
    expect(await readFile(at('to/file'), 'utf8')).toBe('before');
    expect(existsSync(at('to/half'))).toBe(false);
  });

  it('links to no file that a link leads to', async () => {
    await writeFile(at('outside/secret'), '');
    const evil = member('evil', { type: 'symlink', target: pathFromText(at('outside')) });
    const hard = member('hard', { type: 'hardlink', target: 'evil/secret' as FilePath });
    await expect(extract(evil, hard)).rejects.toMatchObject({ kind: 'usage' });
    expect(existsSync(at('to/hard'))).toBe(false);
  });
});

describe('what a user names', () => {
  it.each([
    ['-', { kind: 'stream' }],
    ['data/x', { kind: 'here', path: 'data/x' }],
    ['./a:b', { kind: 'here', path: './a:b' }],
    ['/a:b', { kind: 'here', path: '/a:b' }],
    ['analysis:/srv/x:y', { kind: 'resource', name: 'analysis', path: '/srv/x:y' }],
    ['analysis:x', { kind: 'resource', name: 'analysis', path: 'x' }],
  ])('%s', (text, named) => expect(readEnd(text)).toEqual(named));
});
