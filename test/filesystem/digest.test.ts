import { spawn } from 'node:child_process';
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentDigest, treeDigest } from '../../src/filesystem/digest.js';
import { readTar } from '../../src/filesystem/tar-reader.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, rootPath } from '../../src/model/file-path.js';

const epoch = 1_700_000_000;
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'digest-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(root, 'dev'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'a/b/file'), 'content');
  writeFileSync(Buffer.from(`${root}/a/caf\xe9 "x"\n`, 'latin1'), 'odd');
  writeFileSync(join(root, 'a-b'), 'sorted after a, before a/b by bytes');
  writeFileSync(join(root, 'etc/hostname'), 'host');
  symlinkSync('a/b', join(root, 'link'));
  utimesSync(join(root, 'a-b'), epoch - 100, epoch - 100);
});
afterAll(() => rmSync(root, { recursive: true }));

async function entries(): Promise<FileEntry[]> {
  await using machine = await directoryMachine(root);
  const found: FileEntry[] = [];
  for await (const entry of machine.files.walk(rootPath, { hash: true })) found.push(entry);
  return found;
}

const digest = async () => treeDigest(await entries(), { epoch });

describe('treeDigest', () => {
  it('is the same for a folder and for a tar stream of it, in whatever order', async () => {
    const tar = spawn('tar', ['-C', root, '--sort=inode', '--format=pax', '-cf', '-', '.']);
    expect(await treeDigest(readTar(tar.stdout, { hash: true }), { epoch })).toBe(await digest());
    expect(await treeDigest((await entries()).reverse(), { epoch })).toBe(await digest());
  });

  it('is that of what unpacking leaves, where a tar has a folder twice', async () => {
    const found = await entries();
    const early = found.filter(({ type }) => type === 'directory').map((entry) => ({ ...entry, mode: 0o700, uid: 9 }));
    expect(await treeDigest([...early, ...found], { epoch })).toBe(await digest());
  });

  it('does not see what engines write, times after the epoch, and times of links and folders', async () => {
    const before = await digest();
    writeFileSync(join(root, 'etc/hostname'), 'another');
    writeFileSync(join(root, 'dev/null'), '');
    writeFileSync(join(root, '.dockerenv'), '');
    mkdirSync(join(root, '.singularity.d/env'), { recursive: true });
    symlinkSync('.singularity.d/env/90-environment.sh', join(root, 'environment'));
    utimesSync(join(root, 'a/b/file'), epoch + 5, epoch + 5);
    lutimesSync(join(root, 'link'), 1, 1);
    expect(await digest()).toBe(before);
  });

  it.each([
    ['content', () => writeFileSync(join(root, 'a/b/file'), 'Content')],
    ['mode', () => chmodSync(join(root, 'a-b'), 0o4755)],
    ['time before the epoch', () => utimesSync(join(root, 'a-b'), epoch - 101, epoch - 101)],
    ['name', () => writeFileSync(join(root, 'new'), '')],
  ])('sees another %s', async (_what, change) => {
    const before = await digest();
    change();
    expect(await digest()).not.toBe(before);
  });

  it('is what specs/digest.md says', async () => {
    const file = { path: '/x\xe9' as FilePath, type: 'file', mode: 0o644, uid: 0, gid: 5, size: 0, mtime: 9 } as const;
    const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const { createHash } = await import('node:crypto');
    const line = (time: string) => `["/x\\u00e9","file",420,0,5,"${hash}",${time}]\n`;
    const of = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(await treeDigest([{ ...file, hash }], { epoch: 7 })).toBe(of(line('7')));
    expect(environmentDigest([{ ...file, hash }])).toBe(of(line('null')));
  });
});
