import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { recogniseList } from '../../src/filesystem/lists/read.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { sha256 } from '../../src/hash.js';
import { openSource, sourcesOf } from '../../src/sources/open.js';
import { needs } from '../support/needs.js';
import { writeBundles } from '../support/zipped-bundle.js';

const folder = mkdtempSync(join(tmpdir(), 'packed-lists-'));
const at = (name: string) => join(folder, name);
const list = '/etc\n/etc/passwd\n';
beforeAll(() => writeFileSync(at('list.txt'), list));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<PartialEntry[]> {
  await using source = await openSource({ name: 'x', text }, { hash: true });
  const entries: PartialEntry[] = [];
  for await (const batch of source.batches()) entries.push(...batch);
  // A second reading is as the first.
  let again = 0;
  for await (const batch of source.batches()) again += [...batch].length;
  expect(again).toBe(entries.length);
  return entries;
}

const programs = ['xz', 'bzip2', 'lz4', 'zstd', 'gzip'] as const;

describe('a list of files', () => {
  beforeEach(needs({ programs }));

  it.each(programs)('is read where it is packed by %s, from a file and from an address', async (program) => {
    const file = at(`list.txt.${program}`);
    writeFileSync(file, execFileSync(program, ['-c', at('list.txt')]));
    const expected = list.trim().split('\n');
    expect((await read(file)).map(({ path }) => path)).toEqual(expected);
    expect((await read(`paths:${file}`)).map(({ path }) => path)).toEqual(expected);
    const server = createServer((_, answer) => answer.end(readFileSync(file)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      expect((await read(`http://127.0.0.1:${port}/list`)).map(({ path }) => path)).toEqual(expected);
    } finally {
      server.close();
    }
  });

  it('says which is cut off, and where it is', async () => {
    const file = at('cut.txt.xz');
    writeFileSync(file, execFileSync('xz', ['-c', at('list.txt')]).subarray(0, 60));
    await expect(read(file)).rejects.toThrow(/cut\.txt\.xz cannot be (?:read|decompressed)/);
  });

  it('is told by its beginning, and what unpacks the rest of that is not left behind', async () => {
    const beginning = execFileSync('xz', ['-c'], { input: Buffer.from('/etc/a/long/name\n'.repeat(500_000)) });
    await recogniseList(beginning);
    await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'));
  });

  it('is read from a pipe, once', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', at('list.txt'), at('pipe')], { stdio: 'ignore' });
    const ended = new Promise((done) => writer.once('close', done));
    await using source = await openSource({ name: 'x', text: `paths:${at('pipe')}` }, { hash: false });
    const found: string[] = [];
    for await (const batch of source.batches()) for (const { path } of batch) found.push(path);
    await ended;
    expect(found).toEqual(list.trim().split('\n'));
  });

  it('is read where it is shorter than any mark of a packer', async () => {
    writeFileSync(at('short.txt'), '/a\n');
    expect((await read(at('short.txt'))).map(({ path }) => path)).toEqual(['/a']);
  });

  it('has a name without what it is packed by', () => {
    expect(sourcesOf(['/x/debian.files.json.xz', 'a.txt.gz']).map(({ name }) => name)).toEqual(['debian', 'a']);
  });
});

describe('a bundle of ReproZip', () => {
  beforeEach(needs({ programs: ['python3'] }));

  it('is read where it is a zip as where it is a tar', async () => {
    writeBundles(at('tar.rpz'), at('zip.rpz'));
    expect(readFileSync(at('zip.rpz')).toString('latin1', 0, 2)).toBe('PK');
    const found = await read(at('zip.rpz'));
    expect(found).toEqual([
      expect.objectContaining({
        path: '/etc/debian_version',
        hash: sha256('12.4\n'),
        package: 'debian base-files 12.4',
      }),
      expect.objectContaining({ path: '/home/me/data.txt', type: 'file', size: 5, mtime: 7 }),
    ]);
    expect(found).toEqual(await read(at('tar.rpz')));
    expect(await read(`rpz:${at('zip.rpz')}`)).toEqual(found);
  });

  it('says of another zip what it is not', async () => {
    execFileSync('python3', [
      '-c',
      'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").writestr("a", "b")',
      at('a.zip'),
    ]);
    await expect(read(at('a.zip'))).rejects.toThrow(/this is a zip, and no bundle of ReproZip/);
  });
});
