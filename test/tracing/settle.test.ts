import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import type { Access } from '../../src/model/access.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { bornHere } from '../../src/tracing/birth.js';
import { settleAccesses } from '../../src/tracing/settle.js';
import { readStraceLog } from '../../src/tracing/strace/reader.js';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'settle-')));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a log that was made of `calls` comes to on this machine, by path below the folder. */
async function settle(
  calls: readonly string[],
  born: readonly string[] = [],
): Promise<Record<string, Omit<Access, 'path'>>> {
  await using machine = await localMachine();
  const log = calls.map((call) => `1 ${call.replaceAll('DIR', folder)}\n`).join('');
  const run = await readStraceLog(Readable.from([Buffer.from(log, 'latin1')]), folder as FilePath);
  const accesses = await settleAccesses(run, {
    machine,
    born: async (paths) => new Set(paths.filter((path) => born.includes(path.slice(folder.length + 1)))),
    own: [`${folder}/.own` as FilePath],
  });
  expect([...accesses].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(accesses);
  return Object.fromEntries(
    accesses
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .map(({ path, ...rest }) => [path.slice(folder.length + 1), rest]),
  );
}

describe('settleAccesses', () => {
  it('resolves links that the log says nothing of, following the last one only where the call did', async () => {
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/file'), '');
    symlinkSync('real', join(folder, 'link'));
    symlinkSync('file', join(folder, 'real/alias'));
    expect(
      await settle([
        'access("link/alias", R_OK) = 0',
        'readlink("link/../link/alias", "file", 99) = 4',
        'lstat("link", {st_mode=S_IFLNK|0777, ...}) = 0',
        'access("link/none", R_OK) = -1 ENOENT (No such file or directory)',
      ]),
    ).toEqual({
      link: { uses: ['examined'] },
      'link/alias': { resolved: `${folder}/real/file`, uses: ['examined'] },
      'link/none': { uses: ['absent'] },
    });
  });

  it('leaves names that begin with two dots as they are, and steps up behind them', async () => {
    for (const name of ['..data', '...', 'd']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, '..data/file'), '');
    writeFileSync(join(folder, '..hidden'), '');
    const seen = { uses: ['examined'] };
    expect(
      await settle([
        'access("..hidden", F_OK) = 0',
        'access("...", F_OK) = 0',
        'access("d/../..data/file", F_OK) = 0',
        'access("d/../..none", F_OK) = -1 ENOENT (No such file or directory)',
      ]),
    ).toEqual({ '..hidden': seen, '...': seen, '..data/file': seen, '..none': { uses: ['absent'] } });
  });

  it('names the missing folder when a path leads through one and back', async () => {
    writeFileSync(join(folder, 'there'), '');
    expect(await settle(['access("none/sub/../../there", F_OK) = -1 ENOENT (No such file or directory)'])).toEqual({
      'none/sub': { uses: ['absent'] },
    });
  });

  it('takes a directory that was opened like a file for a listed one', async () => {
    mkdirSync(join(folder, 'd'));
    expect(await settle(['openat(AT_FDCWD<DIR>, "d", O_RDONLY) = 3<DIR/d>'])).toEqual({ d: { uses: ['listed'] } });
  });

  it('says absent only of what is known to be new', async () => {
    for (const name of ['new', 'old', 'made', 'seen']) writeFileSync(join(folder, name), '');
    const create = (name: string) =>
      `openat(AT_FDCWD<DIR>, "${name}", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3<DIR/${name}>`;
    expect(
      await settle(
        [create('new'), create('old'), 'access("seen", F_OK) = 0', create('seen'), 'unlink("old") = 0', create('old')],
        ['new', 'old'],
      ),
    ).toEqual({
      new: { uses: ['written', 'created'], before: 'absent' },
      old: { uses: ['written', 'created', 'removed'], before: 'unknown' },
      seen: { uses: ['written', 'examined'], before: 'unknown' },
    });
  });

  it('uses what is behind a link that the run made by its own name, and knows that it was there', async () => {
    mkdirSync(join(folder, 'data/sub'), { recursive: true });
    mkdirSync(join(folder, 'work'));
    for (const name of ['data/in', 'data/sub/more', 'data/tool']) writeFileSync(join(folder, name), '');
    symlinkSync('../data/in', join(folder, 'work/in'));
    symlinkSync('../data/sub', join(folder, 'work/sub'));
    symlinkSync('../data/tool', join(folder, 'work/tool'));
    expect(
      await settle([
        'symlink("../data/in", "work/in") = 0',
        'openat(AT_FDCWD<DIR>, "work/in", O_RDONLY) = 3<DIR/data/in>',
        'symlink("../data/sub", "work/.sub") = 0',
        'rename("work/.sub", "work/sub") = 0',
        'openat(AT_FDCWD<DIR>, "work/sub/more", O_RDONLY) = 3<DIR/data/sub/more>',
        'symlink("../data/tool", "work/tool") = 0',
        'access("work/tool", X_OK) = 0',
        'symlink("../data/sub", "gone") = 0',
        'access("gone/more", R_OK) = 0',
        'unlink("gone") = 0',
      ]),
    ).toEqual({
      'data/in': { uses: ['read'] },
      'data/sub/more': { uses: ['read'] },
      'data/tool': { uses: ['examined'] },
      gone: { uses: ['created', 'removed'], before: 'absent' },
      'gone/more': { uses: ['examined'], before: 'unknown' },
      'work/.sub': { uses: ['created', 'removed'], before: 'absent' },
      'work/in': { uses: ['created'], before: 'absent' },
      'work/sub': { uses: ['written'], before: 'unknown' },
      'work/tool': { uses: ['created'], before: 'absent' },
    });
  });

  it('takes what lies in a folder that is closed to the user as absent, and what is closed itself as looked at', async () => {
    writeFileSync(join(folder, 'secret'), '');
    const refused = 'R_OK) = -1 EACCES (Permission denied)';
    expect(await settle([`access("closed/tool", ${refused}`, `access("secret", ${refused}`])).toEqual({
      'closed/tool': { uses: ['absent'] },
      secret: { uses: ['examined'] },
    });
  });

  it('tells a missing interpreter from a missing script', async () => {
    writeFileSync(join(folder, 'script'), '#!/no/such/tool -x\n');
    chmodSync(join(folder, 'script'), 0o755);
    const accesses = await settle([
      'execve("./script", ["./script"], 0x1 /* 1 var */) = -1 ENOENT (No such file or directory)',
      'execve("./nothing", ["./nothing"], 0x1 /* 1 var */) = -1 ENOENT (No such file or directory)',
    ]);
    expect(accesses).toEqual({ script: { uses: ['examined'] }, nothing: { uses: ['absent'] } });
  });

  it('leaves the tracer’s own folder out', async () => {
    expect(await settle(['access(".own/log", F_OK) = 0', 'access("x", F_OK) = -1 ENOENT (No)'])).toEqual({
      x: { uses: ['absent'] },
    });
  });
});

describe('bornHere', () => {
  it('knows a file made after the stamp from one made before', async () => {
    const path = (name: string) => pathFromText(join(folder, name));
    writeFileSync(path('before'), '');
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(path('stamp'), '');
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(path('after'), '');
    writeFileSync(path('before'), 'changed');
    const born = await bornHere([path('before'), path('after'), path('none')], path('stamp'));
    expect([...born].filter((name) => name !== path('after'))).toEqual([]);
  });
});
