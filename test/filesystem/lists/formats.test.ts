import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListFacts } from '../../../src/filesystem/lists/format.js';
import {
  forcedFormat,
  listFormatNames,
  openList,
  readListIndex,
  recogniseList,
} from '../../../src/filesystem/lists/read.js';
import { type ListFormatName, listFormats } from '../../../src/filesystem/lists/registry.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import { sha256 } from '../../../src/hash.js';
import { randomNumbers } from '../../support/random.js';
import { samples } from './samples.js';

/** What a list says, and what it was known as. */
async function read(content: Buffer | string, format?: ListFormatName) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const options = { where: 'the list', hash: true, ...(format && { format }) };
  const list = openList(() => Readable.from([bytes]), options);
  const entries: PartialEntry[] = [];
  for await (const entry of list.entries()) entries.push(entry);
  const recognised = await recogniseList(bytes);
  const known = listFormatNames.find((name) => listFormats[name] === recognised);
  return { entries, facts: await list.facts(), known };
}

describe('what the tools of the machine write', () => {
  let folder = '';
  const run = (...argv: string[]) => execFileSync(argv[0] as string, argv.slice(1), { cwd: folder });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reproman-lists-'));
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    symlinkSync('../f -> g', join(folder, 'a/b/l'));
    for (const name of ['f', 'sp ace', 'new\nline', 'tab\t', 'back\\slash'])
      writeFileSync(join(folder, 'a', name), name);
    writeFileSync(Buffer.from(`${folder}/a/caf\xe9`, 'latin1'), 'latin', { mode: 0o4755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const names = [
    '/',
    '/a',
    '/a/b',
    '/a/b/l',
    '/a/back\\slash',
    '/a/caf\xe9',
    '/a/f',
    '/a/new\nline',
    '/a/sp ace',
    '/a/tab\t',
  ];
  const sorted = (entries: readonly PartialEntry[]) => [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));

  it.each<[how: string, argv: readonly string[], known: string | undefined]>([
    ['-printf', ['-printf', '%y %m %U %G %s %T@ %p\\0%l\\0'], 'find'],
    ['-ls', ['-ls'], 'find'],
    ['-print0', ['-print0'], undefined],
  ])('reads find %s, whatever the names are', async (how, argv, known) => {
    const found = await read(run('find', '.', ...argv));
    expect(sorted(found.entries).map(({ path }) => path)).toEqual(names);
    expect(found.known).toBe(known);
    if (how === '-print0') return;
    const [link, special] = ['/a/b/l', '/a/caf\xe9'].map((path) => found.entries.find((entry) => entry.path === path));
    expect(link).toMatchObject({ type: 'symlink', target: '../f -> g' });
    expect(special).toMatchObject({ type: 'file', mode: 0o4755, size: 5 });
    expect(found.entries.find(({ path }) => path === '/a')).toMatchObject({ type: 'directory' });
  });

  it('reads of find -ls what find -printf tells, whatever bytes names and targets are of', async () => {
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    const below = randomNumbers(17);
    const character = () => Math.max(1, below(256));
    const nameOf = (at: number) => {
      const bytes = Array.from({ length: 1 + below(20) }, character).map((each) => (each === 0x2f ? 0x2e : each));
      return Buffer.concat([Buffer.from(bytes), Buffer.from(`${at}`)]);
    };
    for (let at = 0; at < 200; at++) {
      const place = Buffer.concat([Buffer.from(`${odd}/`), nameOf(at)]);
      if (at % 3 === 0) symlinkSync(nameOf(at), place);
      else writeFileSync(place, 'x'.repeat(at));
    }
    const how = { cwd: odd, maxBuffer: 1 << 24 };
    const list = async (...argv: string[]) => sorted((await read(execFileSync('find', ['.', ...argv], how))).entries);
    const known = ({ path, type, mode, size, target }: PartialEntry) => ({ path, type, mode, size, target });
    const listed = await list('-ls');
    expect(listed).toHaveLength(201);
    expect(listed.map(known)).toEqual((await list('-printf', '%y %m %U %G %s %T@ %p\\0%l\\0')).map(known));
    rmSync(odd, { recursive: true });
  });

  it('reads what sha256sum writes of any names', async () => {
    const list = run('sh', '-c', 'find . -type f -print0 | xargs -0 sha256sum');
    const found = await read(list);
    expect(found.known).toBe('sha256sum');
    expect(sorted(found.entries)).toHaveLength(6);
    expect(found.entries.find(({ path }) => path === '/a/new\nline')?.hash).toBe(sha256('new\nline'));
  });
});

describe('a list in the form of', () => {
  it.each(samples)('$format is read with all that it tells', async ({ format, content, entries, facts }) => {
    const found = await read(content);
    expect(found).toEqual({ known: format, entries, facts: facts ?? ({} satisfies ListFacts) });
    expect(await read(gzipSync(content))).toEqual(found);
    expect((await read(content, format)).entries).toEqual(entries);
  });
});

describe('an index of lists', () => {
  const row = (hash: string) => ({
    collection: 'me/tool',
    commit: 'c1',
    hash,
    name: 'files.json',
    url: `https://x/${hash}`,
  });
  const index = (...rows: object[]) => Readable.from([Buffer.from(JSON.stringify(rows))]);

  it('names each list, and ends with nothing', async () => {
    const lists = await readListIndex(index(row('a'), { ...row('b'), collection: 'other' }, {}), 'the index');
    expect(lists?.map(({ name, url }) => [name, url])).toEqual([
      ['me/tool@c1', 'https://x/a'],
      ['other@c1', 'https://x/b'],
    ]);
    const same = await readListIndex(index(row('a'), row('b'), {}), 'the index');
    expect(same?.map(({ name }) => name)).toEqual(['me/tool@c1/a', 'me/tool@c1/b']);
  });

  it('is no list itself, and something else is no index', async () => {
    await expect(read(JSON.stringify([row('a'), {}]))).rejects.toMatchObject({
      message: expect.stringMatching(/an index of 1 lists of files/),
      remedy: 'give one: https://x/a',
    });
    expect(await readListIndex(Readable.from([Buffer.from('/a\n')]), 'x')).toBeUndefined();
    await expect(readListIndex(index(row('a'), { collection: 7 }), 'x')).rejects.toThrow(/x, entry 2 .* collection/);
  });
});

it('takes the word of who says which form a list has', async () => {
  expect(forcedFormat('mtree:some/file')).toEqual({ format: 'mtree', rest: 'some/file' });
  expect(forcedFormat('some:file')).toBeUndefined();
  expect((await read('{"a": 1}\n', 'paths')).entries).toEqual([{ path: '/{"a": 1}' }]);
  await expect(read('/a\n', 'syft')).rejects.toThrow(/no list of files as syft writes it: it is not JSON/);
});

describe('what is wrong in a list is told with its place:', () => {
  it.each<[what: string, format: ListFormatName, content: string, message: RegExp]>([
    ['a line of find', 'find', 'f 644 0 0 1 1 /a\nnonsense\n', /line 2 is no entry/],
    ['find that ends too early', 'find', 'f 644 0 0 1 1 /a\0', /ends within the entry of \/a/],
    ['a hash', 'sha256sum', `${'0'.repeat(64)}  a\nx\n`, /line 2 is no hash/],
    ['a type of mtree', 'mtree', '#mtree\na type=dir\nb type=door\n', /line 3 has the type door/],
    ['a mode of mtree', 'mtree', '#mtree\na type=file mode=999\n', /line 2 has mode=999/],
    ['a command of mtree', 'mtree', '#mtree\n/jump\n', /line 2 has \/jump/],
    ['a line of mtree that has no end', 'mtree', '#mtree\na \\\n', /line 2 goes on/],
    ['a file of syft', 'syft', '{"artifacts": [], "files": [{"location": 7}]}', /files\.0\.location/],
    ['several images of guts', 'guts', '{"a": {"fs": []}, "b": {"fs": []}}', /of 2 images/],
    ['a package of ReproZip', 'reprozip', 'runs:\n- binary: /x\npackages:\n- version: 1\n', /packages\.0\.name/],
    ['YAML', 'reprozip', 'runs:\n  - [\n', /not YAML \(line/],
    ['a bundle that is none', 'rpz', 'x'.repeat(600), /cannot be read as a list of files: .*tar/],
    ['lines that never end', 'paths', 'x'.repeat(99_999), /line 1 is longer than any path/],
    ['bytes that are no text', 'paths', '\x01\x02\x03'.repeat(99), /no text/],
  ])('%s', async (_, format, content, message) => {
    await expect(read(content, format)).rejects.toThrow(expect.objectContaining({ name: 'ReproError', kind: 'usage' }));
    await expect(read(content, format)).rejects.toThrow(message);
  });
});
