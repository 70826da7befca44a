import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../backends/backend.js';
import { openStore } from '../../src/archives/store.js';
import { treeDigest } from '../../src/filesystem/digest.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { readTar } from '../../src/filesystem/tar-reader.js';
import { tarEnd, tarHeader } from '../../src/filesystem/tar-writer.js';
import { sha256 } from '../../src/hash.js';
import { machineFrom } from '../../src/machines/from.js';
import { localMachine } from '../../src/machines/local.js';
import type { Machine } from '../../src/machines/machine.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, rootPath } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { type ExportOptions, exportResource } from '../../src/resources/export.js';
import { fileSource } from '../../src/resources/images/file-source.js';
import { digested } from '../../src/resources/tree-source.js';
import { specOf, traceOf } from '../proof/trees.js';
import { writeFiles } from '../support/loop.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const here = await localMachine();
const epoch = 1_700_000_000;
const found = specOf({ origin: [], trace: traceOf([]) });
const spec = { ...found, lock: { ...found.lock, epoch } } as typeof found;
const resource = {
  ...{ name: 'analysis', planDigest: 'f'.repeat(64) },
  run: { command: ['greet', 'Ada'], cwd: '/srv', environment: { LANG: 'C' }, user: { uid: 7, gid: 8, groups: [] } },
} as unknown as Resource;

/** A tree as two builds may leave it: the same files, of another moment, and with what an engine puts there. */
function treeOf(name: string, built: number): string {
  const tree = join(folder, name);
  writeFiles(tree, {
    'usr/bin/greet': '#!/bin/sh\necho hello\n',
    [`srv/${'long'.repeat(40)}`]: 'x'.repeat(700),
    'srv/made': `made\n`,
    'etc/hostname': `${name}\n`,
    'run/pid': `${built}\n`,
    'mnt/driver': '',
  });
  utimesSync(join(tree, 'usr/bin/greet'), 1_600_000_000, 1_600_000_000);
  for (const made of ['srv/made', 'srv', 'usr', '.']) utimesSync(join(tree, made), built, built);
  linkSync(join(tree, 'usr/bin/greet'), join(tree, 'usr/bin/hello'));
  symlinkSync('greet', join(tree, 'usr/bin/hi'));
  chmodSync(join(tree, 'srv/made'), 0o4755);
  return tree;
}

/** As a backend gives it. */
function backendOf(tree: string): Backend {
  const tar = ['tar', '--sort=name', '--format=pax', '--numeric-owner', '-C', tree, '-c', '.'] as const;
  return backendGiving(() => spawn(tar[0], tar.slice(1)).stdout.pipe(new PassThrough()));
}

function backendGiving(tree: () => Readable): Backend {
  const mountPoints = async () => new Set(['/mnt/driver']);
  return { exportTree: async () => tree(), mountPoints } as unknown as Backend;
}

async function exported(output: string, format: ExportOptions['format'], backend: Backend) {
  const file = join(folder, output);
  const machine = {} as Machine;
  const store = await openStore(join(folder, 'store'));
  return exportResource({ resource, backend, host: machine, here: machine, spec, output: file, format, store });
}

const first = backendOf(treeOf('first', epoch + 1000));
const second = backendOf(treeOf('second', epoch + 90_000_000));

describe.each(['tar', 'oci'] as const)('an export as %s', (format) => {
  it('has the same bytes whenever the tree was built, and whatever an engine put there', async () => {
    const one = await exported(`one.${format}`, format, first);
    const other = await exported(`other.${format}`, format, second);
    expect(one.sha256).toBe(sha256(readFileSync(one.file)));
    expect(other).toEqual({ ...one, file: other.file });
    const members = execFileSync('tar', ['tf', one.file], { encoding: 'utf8' }).split('\n');
    expect(members).toContain(format === 'tar' ? './usr/bin/hi' : './oci-layout');
  });

  it('replaces nothing, and leaves nothing where it fails', async () => {
    writeFiles(folder, { [`mine.${format}`]: 'mine\n' });
    await expect(exported(`mine.${format}`, format, first)).rejects.toThrow('not replaced');
    expect(readFileSync(join(folder, `mine.${format}`), 'utf8')).toBe('mine\n');
    const broken = backendGiving(() => Readable.from([Buffer.alloc(700, 1)]));
    const before = readdirSync(folder);
    await expect(exported(`broken.${format}`, format, broken)).rejects.toThrow('not a tar archive');
    expect(readdirSync(folder)).toEqual(before);
    await expect(exported(`no/such/${format}`, format, first)).rejects.toMatchObject({ kind: 'usage' });
  });
});

it('keeps all that a tree digest counts, hard links as such, and extended attributes', async () => {
  const { file } = await exported('kept.tar', 'tar', first);
  const tar = () => Readable.from([readFileSync(file)]);
  const ours = await treeDigest(readTar(tar(), { hash: true }), { epoch });
  const tree = readTar(await first.exportTree(resource, {} as Machine), { hash: true });
  const entries: FileEntry[] = [];
  for await (const entry of tree) if (entry.path !== '/mnt/driver') entries.push(entry);
  expect(ours).toBe(await treeDigest(entries, { epoch }));
  const types = new Map<string, string>();
  for await (const { path, type } of tarMembers(tar())) types.set(path, type);
  expect([types.get('/usr/bin/hello'), types.get('/etc/hostname')]).toEqual(['hardlink', undefined]);

  const attributes = { 'security.capability': '\x01\x00\x00\x02\xff=\n' };
  const owner = { mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
  const capable = Buffer.concat([tarHeader({ ...owner, name: 'ping', type: 'file', attributes }), tarEnd()]);
  const kept = await exported(
    'capable.tar',
    'tar',
    backendGiving(() => Readable.from([capable])),
  );
  const members = tarMembers(Readable.from([readFileSync(kept.file)]));
  expect((await members.next()).value).toMatchObject({ path: '/ping', attributes });
});

it('is an image that other programs and we read, with what the run had', async () => {
  const { file, image } = await exported('image.tar', 'oci', first);
  expect(image).toBe('reproman/analysis:latest');
  const layout = join(folder, 'layout');
  mkdirSync(layout);
  execFileSync('tar', ['xf', file, '-C', layout]);
  for (const name of [`docker-archive:${file}:${image}`, `oci:${layout}:${image}`]) {
    await using machine = await machineFrom(name);
    const greet = await machine.files.read('/usr/bin/greet' as FilePath);
    expect(greet.toString()).toBe('#!/bin/sh\necho hello\n');
    expect(await machine.files.list(rootPath)).toEqual(expect.arrayContaining(['srv', 'usr']));
  }
  const [{ Config }] = JSON.parse(readFileSync(join(layout, 'manifest.json'), 'utf8'));
  expect(JSON.parse(readFileSync(join(layout, Config), 'utf8'))).toMatchObject({
    created: '2023-11-14T22:13:20Z',
    config: { Cmd: ['greet', 'Ada'], WorkingDir: '/srv', User: '7:8', Env: ['LANG=C'] },
  });
});

describe('what was exported', () => {
  it.each(['tar', 'oci', 'docker-archive', 'sandbox'] as const)(
    'is read again as %s, the same tree',
    async (format) => {
      const { file, treeDigest: exportedDigest } = await exportedHere(`again.${format}`, format);
      await using source = await fileSource(file, { here });
      const tree = await source.open();
      expect(await treeDigest(readTar(tree, { hash: true }), { epoch })).toBe(exportedDigest);
    },
  );

  it('is refused where it is none of the forms', async () => {
    writeFiles(folder, { 'notes.txt': 'nothing\n' });
    await expect(fileSource(join(folder, 'notes.txt'), { here })).rejects.toThrow('nothing that can be imported');
    await expect(fileSource(join(folder, 'no-such'), { here })).rejects.toThrow('it is not there');
  });

  it('leads nowhere outside, whatever the names in it are', async () => {
    const owner = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 };
    const members = [
      tarHeader({ ...owner, name: 'usr', type: 'file' }),
      tarHeader({ ...owner, name: '../up', type: 'file' }),
    ];
    writeFileSync(join(folder, 'hostile.tar'), Buffer.concat([...members, tarEnd()]));
    await using source = await fileSource(join(folder, 'hostile.tar'), { here });
    const { tar, digest } = digested(await source.open(), epoch);
    const refused = 'a member outside of itself';
    await Promise.all([expect(buffer(tar)).rejects.toThrow(refused), expect(digest).rejects.toThrow(refused)]);
  });
});

/** Where files of a tree are made by the programs of this machine. */
async function exportedHere(output: string, format: ExportOptions['format']) {
  const file = join(folder, output);
  const store = await openStore(join(folder, 'store'));
  return exportResource({ resource, backend: first, host: here, here, spec, output: file, format, store });
}
