import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeTrieFile } from '../../src/filesystem/trie/file.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { tarMachine } from '../../src/machines/tar-machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import { KeptAddresses } from '../../src/sources/kept-addresses.js';
import { openSource, sourcesOf } from '../../src/sources/open.js';
import type { Source } from '../../src/sources/source.js';
import { takeSnapshot } from '../../src/sources/take-snapshot.js';
import { layerOf, writeLayout, writeSaved } from '../support/images.js';
import { needs } from '../support/needs.js';
import { sifOf } from '../support/sif.js';
import { writeBundles } from '../support/zipped-bundle.js';

// As it is; only what it is told is noted.
vi.mock('../../src/machines/tar-machine.js', async (original) => {
  const real = await original<typeof import('../../src/machines/tar-machine.js')>();
  return { tarMachine: vi.fn(real.tarMachine) };
});

const folder = mkdtempSync(join(tmpdir(), 'addresses-'));
const at = (name: string) => join(folder, name);
const temporary = at('temporary');
const answers = new Map<string, (answer: ServerResponse) => void>();
let asked: string[] = [];
let server: Server;
let address: string;

beforeAll(async () => {
  mkdirSync(temporary);
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
  server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    const special = answers.get(url);
    if (special) special(answer);
    else answer.end(readFileSync(at(basename(url))));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true });
});

async function read(text: string) {
  await using source = await openSource({ name: 'x', text }, { hash: true });
  const entries: PartialEntry[] = [];
  for await (const batch of source.batches()) entries.push(...batch);
  return { entries, facts: await source.facts() };
}

/** What is told is as of the file; nothing of it is left. */
async function expectAsFile(name: string, prefix = ''): Promise<void> {
  const expected = await read(`${prefix}${at(name)}`);
  expect(expected.entries.length).toBeGreaterThan(1);
  expect(await read(`${prefix}${address}/some/${name}`)).toEqual(expected);
  expect(readdirSync(temporary)).toEqual([]);
}

describe('a bundle of ReproZip at an address', () => {
  beforeEach(needs({ programs: ['python3'] }));
  beforeAll(() => writeBundles(at('tar.rpz'), at('zip.rpz')));

  it.each(['zip.rpz', 'tar.rpz'])('is read as the file is: %s', async (name) => {
    await expectAsFile(name);
    await expectAsFile(name, 'rpz:');
  });

  it('is fetched once, be it ever so often read', async () => {
    await using source = await openSource({ name: 'x', text: `${address}/zip.rpz` }, { hash: true });
    for (let times = 0; times < 2; times++) for await (const _ of source.batches());
    await source.facts();
    expect(asked).toEqual(['/zip.rpz']);
  });

  it('says which is no bundle, by its address', async () => {
    execFileSync('python3', [
      '-c',
      'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").writestr("a", "b")',
      at('a.zip'),
    ]);
    await expect(read(`${address}/a.zip`)).rejects.toMatchObject({
      message: 'this is a zip, and no bundle of ReproZip',
      where: `${address}/a.zip`,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('says which was cut before it lay there', async () => {
    const content = readFileSync(at('zip.rpz'));
    answers.set('/cut.rpz', (answer) => answer.end(content.subarray(0, -40)));
    await expect(read(`${address}/cut.rpz`)).rejects.toMatchObject({
      message: expect.stringMatching(/the zip is damaged: it has no end record/),
      where: `${address}/cut.rpz`,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each(['', 'rpz:'])('says where the connection was lost, and how much had come: %s', async (prefix) => {
    const content = readFileSync(at('zip.rpz'));
    answers.set('/lost.rpz', (answer) => {
      answer.writeHead(200, { 'content-length': content.length });
      answer.write(content.subarray(0, 900), () => setTimeout(() => answer.destroy(), 50));
    });
    await expect(read(`${prefix}${address}/lost.rpz`)).rejects.toMatchObject({
      kind: 'not-ready',
      message: expect.stringMatching(/the connection was lost after 900 B of \d+(?:\.\d+)? kB/),
      where: `${address}/lost.rpz`,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is refused where it is larger than what is kept, before it is fetched', async () => {
    answers.set('/large.rpz', (answer) => {
      answer.writeHead(200, { 'content-length': 5_000_000_000 });
      answer.write(Buffer.concat([readFileSync(at('zip.rpz')), Buffer.alloc(1 << 16)]));
    });
    await expect(read(`${address}/large.rpz`)).rejects.toMatchObject({
      message: expect.stringMatching(/has 5\.0 GB, and no more than 4\.3 GB .* kept/),
      remedy: expect.stringMatching(/fetch it/),
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is no page that says so', async () => {
    answers.set('/page.rpz', (answer) => answer.end('<!DOCTYPE html>\n<title>Sign in</title>\n'));
    await expect(read(`${address}/page.rpz`)).rejects.toThrow(
      `${address}/page.rpz cannot be read as a list of files: it is a page`,
    );
    await expect(read(`rpz:${address}/page.rpz`)).rejects.toThrow(/it is a page/);
    answers.set('/gone.rpz', (answer) => answer.writeHead(404).end('no such file'));
    await expect(read(`${address}/gone.rpz`)).rejects.toThrow(`${address}/gone.rpz answers 404 Not Found`);
  });
});

describe('what is larger than the beginning that is looked at', () => {
  /** Real code, which compresses as such does. */
  const beginningOfProgram = (size: number) => {
    const program = openSync(process.execPath, 'r');
    const content = Buffer.alloc(size);
    readSync(program, content, 0, size, 0);
    closeSync(program);
    return content;
  };
  /** No more comes at first than what is looked at. */
  const serveSlowly = (name: string, content: Buffer) => {
    writeFileSync(at(name), content);
    answers.set(`/some/${name}`, (answer) => {
      answer.write(content.subarray(0, 1 << 16));
      setTimeout(() => answer.end(content.subarray(1 << 16)), 50);
    });
  };
  const programs = ['gzip', 'xz', 'zstd', 'bzip2', 'lz4'] as const;
  beforeEach(needs({ programs: [...programs, 'tar'] }));
  beforeAll(() => {
    mkdirSync(at('large/usr'), { recursive: true });
    mkdirSync(at('large/etc'));
    writeFileSync(at('large/usr/program'), Buffer.concat([randomBytes(200_000), beginningOfProgram(2_000_000)]));
    writeFileSync(at('large/etc/os-release'), 'ID=test\n');
    execFileSync('tar', ['-C', at('large'), '--format=ustar', '-cf', at('large.tar'), 'usr', 'etc']);
    const tar = readFileSync(at('large.tar'));
    writeLayout(at('layout'), [{ name: 'one:1', layers: [{ tar }] }]);
    const members = ['blobs', 'index.json', 'oci-layout'];
    execFileSync('tar', ['-C', at('layout'), '--format=ustar', '-cf', at('image.tar'), ...members]);
    for (const program of programs)
      for (const name of ['large.tar', 'image.tar'])
        serveSlowly(`${name}.${program}`, execFileSync(program, ['-c', at(name)], { maxBuffer: 1e8 }));
  }, 60_000);

  it.each(programs)('is a tar that is compressed by %s', async (program) => {
    const expected = await read(at('large.tar'));
    expect(expected.entries).toHaveLength(4);
    expect(await read(at(`large.tar.${program}`))).toEqual(expected);
    await expectAsFile(`large.tar.${program}`);
    expect(asked).toEqual([`/some/large.tar.${program}`]);
  });

  it.each(programs)('is an archive of an image that is compressed by %s', async (program) => {
    const expected = await read(`docker-archive:${at('image.tar')}`);
    expect(expected.facts.image?.layers).toHaveLength(1);
    for (const kind of ['', 'docker-archive:', 'oci:'])
      expect(await read(`${kind}${at(`image.tar.${program}`)}`)).toEqual(expected);
    await expectAsFile(`image.tar.${program}`);
    await using source = await openSource({ name: 'x', text: at(`image.tar.${program}`) }, { hash: true });
    const content = await source.content?.('/etc/os-release' as FilePath);
    expect(Buffer.concat((await content?.toArray()) ?? []).toString()).toBe('ID=test\n');
  });

  it.each(['xz', 'bzip2', 'zstd'])('says which image was cut, compressed by %s', async (program) => {
    const file = at(`cut.tar.${program}`);
    writeFileSync(file, readFileSync(at(`image.tar.${program}`)).subarray(0, 1_000_000));
    await expect(read(file)).rejects.toMatchObject({ name: 'ReproError', where: file });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('addresses that are kept for several openings', () => {
  const tar = layerOf('etc/', { name: 'etc/os-release', content: 'ID=test\n' });
  const open = (kept: KeptAddresses, text: string, signal?: AbortSignal) =>
    openSource({ name: 'x', text }, { hash: true, kept, ...(signal && { signal }) });

  it('are fetched once, whatever fragment they have, and go at the end', async () => {
    const trie = new FilesystemTrie();
    for (const tag of ['one', 'two']) trie.insert({ path: `/${tag}` as FilePath, type: 'file', size: 1 }, tag);
    await writeTrieFile(at('both.trie'), trie, new Map());
    {
      await using kept = new KeptAddresses();
      for (const tag of ['one', 'two']) {
        await using source = await open(kept, `${address}/both.trie#${tag}`);
        const paths: string[] = [];
        for await (const batch of source.batches()) for (const { path } of batch) paths.push(path);
        expect(paths).toEqual([`/${tag}`]);
      }
      expect(asked).toEqual(['/both.trie']);
      expect(readdirSync(temporary)).toHaveLength(1);
    }
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leave nothing where one cannot be opened, or it is stopped while it comes', async () => {
    writeFileSync(at('whole.tar'), tar);
    answers.set('/slow.tar', (answer) => answer.write(Buffer.concat([tar, Buffer.alloc(1 << 17)])));
    const stop = new AbortController();
    const run = async () => {
      await using kept = new KeptAddresses();
      await using _ = await open(kept, `${address}/whole.tar`);
      setTimeout(() => stop.abort(new Error('stopped')), 100);
      await open(kept, `${address}/slow.tar`, stop.signal);
    };
    await expect(run()).rejects.toThrow();
    expect(asked).toEqual(['/whole.tar', '/slow.tar']);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('what else lies at an address', () => {
  beforeEach(needs({ programs: ['xz'] }));
  const tar = layerOf('etc/', { name: 'etc/os-release', content: 'ID=test\n' }, { name: 'tool', content: 'a tool\n' });

  it.each<[what: string, name: string, write: () => Promise<void> | void]>([
    ['a tar', 'tree.tar', () => writeFileSync(at('tree.tar'), tar)],
    ['a tar of gzip', 'tree.tgz', () => writeFileSync(at('tree.tgz'), gzipSync(tar))],
    ['a tar of xz', 'tree.tar.xz', () => writeFileSync(at('tree.tar.xz'), execFileSync('xz', ['-c'], { input: tar }))],
    ['an archive of an image', 'saved.tar', () => writeSaved(at('saved.tar'), [{ name: 'one:1', layers: [{ tar }] }])],
    [
      'a SIF',
      'one.sif',
      () => {
        const system = readFileSync(fileURLToPath(new URL('../fixtures/squashfs/zstd.sqfs', import.meta.url)));
        writeFileSync(at('one.sif'), sifOf(system, 'Bootstrap: scratch\n'));
      },
    ],
    [
      'a snapshot',
      'one.trie',
      async () => {
        writeFileSync(at('of.tar'), tar);
        await takeSnapshot({ name: 'one', text: at('of.tar') }, { hash: true, output: at('one.trie') });
      },
    ],
    [
      'a snapshot as lines',
      'lines.gz',
      async () => {
        writeFileSync(at('of.tar'), tar);
        await takeSnapshot({ name: 'x', text: at('of.tar') }, { hash: true, output: at('lines.gz'), format: 'jsonl' });
      },
    ],
  ])('is read as the file is: %s', async (_, name, write) => {
    await write();
    await expectAsFile(name);
    expect(asked).toEqual([`/some/${name}`]);
  });

  it('is a snapshot under a name that does not say so, with a tag', async () => {
    const trie = new FilesystemTrie();
    for (const tag of ['a b', 'two']) trie.insert({ path: `/${tag}` as FilePath, type: 'file', size: 1 }, tag);
    await writeTrieFile(at('plain.trie'), trie, new Map());
    writeFileSync(at('plain'), readFileSync(at('plain.trie')));
    for (const name of ['plain', 'plain.trie'])
      expect((await read(`${address}/${name}#a%20b`)).entries.map(({ path }) => path)).toEqual(['/a b']);
    await expect(read(`${address}/plain#100%`)).rejects.toMatchObject({
      name: 'ReproError',
      kind: 'usage',
      where: `${address}/plain`,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each(['#v1', '#100%', '#x.trie'])('is read without a fragment that only snapshots have: %s', async (fragment) => {
    writeFileSync(at('tagged.tar'), tar);
    expect(await read(`${address}/tagged.tar${fragment}`)).toEqual(await read(at('tagged.tar')));
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is a snapshot of several by its tag, and says which there are', async () => {
    const trie = new FilesystemTrie();
    for (const tag of ['one', 'two']) trie.insert({ path: `/${tag}` as FilePath, type: 'file', size: 1 }, tag);
    await writeTrieFile(at('several.trie'), trie, new Map());
    expect((await read(`${address}/several.trie#two`)).entries.map(({ path }) => path)).toEqual(['/two']);
    await expect(read(`${address}/several.trie`)).rejects.toMatchObject({
      message: 'the file has 2 snapshots',
      where: `${address}/several.trie`,
      remedy: `give one as ${address}/several.trie#TAG: one, two`,
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is a list, which is not kept', async () => {
    writeFileSync(at('list.txt'), '/etc\n/etc/passwd\n');
    const { entries } = await read(`${address}/list.txt`);
    expect(entries.map(({ path }) => path)).toEqual(['/etc', '/etc/passwd']);
    expect(asked).toEqual(['/list.txt']);
  });

  it('is no spec, which has a folder beside it', async () => {
    writeFileSync(at('environment.yml'), 'version: 1\npackages: [jq]\n');
    await expect(read(`${address}/environment.yml`)).rejects.toMatchObject({
      message: expect.stringMatching(/a spec is not read from an address/),
      where: `${address}/environment.yml`,
      remedy: expect.stringContaining('environment.d'),
    });
  });

  it('says what is wrong by the address, also in errors of the system', async () => {
    writeFileSync(at('gone.tar'), tar);
    await using source = await openSource({ name: 'x', text: `${address}/gone.tar` }, { hash: true });
    for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true });
    const content = async () => source.content?.('/tool' as FilePath);
    await expect(content()).rejects.toThrow(`${address}/gone.tar`);
    await expect(content()).rejects.not.toThrow(temporary);
    await expect(content()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says which file is not in it, as node does', async () => {
    writeFileSync(at('some.tar'), tar);
    await using source = await openSource({ name: 'x', text: `${address}/some.tar` }, { hash: true });
    const content = async () => (await source.content?.('/nothing' as FilePath))?.toArray();
    await expect(content()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has no password in the label of a machine, nor in a name or a summary', async () => {
    const secret = address.replace('//', '//me:secret@');
    writeFileSync(at('label.tar'), tar);
    await using source = await openSource({ name: 'x', text: `${secret}/label.tar` }, { hash: false });
    await (await source.content?.('/tool' as FilePath))?.toArray();
    expect(vi.mocked(tarMachine).mock.lastCall?.[1]).toBe(`${address}/label.tar`);
    writeFileSync(at('list.txt'), '/etc\n/etc/passwd\n');
    const [named] = sourcesOf([`paths:${secret}/list.txt`]);
    expect(named?.name).toBe(`paths:${address}/list.txt`);
    const { source: told } = await takeSnapshot(named as Source, { hash: false });
    expect(told).toBe(`paths:${address}/list.txt`);
  });

  it('has no password in what is said of it', async () => {
    answers.set('/secret.rpz', (answer) => answer.end(Buffer.from('PK\x03\x04 and no more')));
    await expect(read(`${address.replace('//', '//me:secret@')}/secret.rpz`)).rejects.toMatchObject({
      where: `${address}/secret.rpz`,
    });
  });
});
