import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatStanza, parseDeb822 } from '../../../src/archives/apt/deb822.js';
import { indexNames, listFileName } from '../../../src/archives/apt/lists.js';
import { scanPackages } from '../../../src/archives/apt/packages-index.js';
import { parseRelease } from '../../../src/archives/apt/release.js';
import { parseSourcesFile, parseSourcesList } from '../../../src/archives/apt/sources.js';
import { withoutCredentials } from '../../../src/archives/http.js';
import { findProgram } from '../../../src/exec.js';
import { decompress } from '../../../src/filesystem/decompress.js';

describe('deb822', () => {
  it('keeps continuation lines, values with colons, and leaves comments out', () => {
    const text = 'A: 1:2\n# no\nB: x\n y\n .\n z\n\n\n \nC:\n d\n';
    expect(parseDeb822(text)).toEqual([{ A: '1:2', B: 'x\n y\n .\n z' }, { C: '\n d' }]);
  });

  it('writes what it read', () => {
    const stanza = { Package: 'a', Depends: 'b (= 1:2)', Description: 'x\n y', Conffiles: '\n /etc/a 1' };
    expect(parseDeb822(formatStanza(stanza))).toEqual([stanza]);
  });
});

describe('sources', () => {
  it('reads the one-line format with options, comments and without credentials', () => {
    const text = [
      '# deb http://no.example/ x main',
      'deb [arch=amd64,i386 signed-by=/k.gpg] https://user:secret@h.example/debian/ stable main contrib # why',
      'deb-src http://h.example/debian stable main',
      'deb http://h.example/flat ./',
      'deb [trusted=yes] file:/srv/x stable main',
    ].join('\n');
    const sources = parseSourcesList(text, 'f');
    expect(JSON.stringify(sources)).not.toContain('secret');
    expect(sources).toEqual([
      {
        uri: 'https://h.example/debian',
        suite: 'stable',
        components: ['main', 'contrib'],
        architectures: ['amd64', 'i386'],
        signedBy: '/k.gpg',
        trusted: false,
        file: 'f',
      },
      { uri: 'http://h.example/flat', suite: './', components: [], architectures: [], trusted: false, file: 'f' },
      { uri: 'file:/srv/x', suite: 'stable', components: ['main'], architectures: [], trusted: true, file: 'f' },
    ]);
  });

  it('reads deb822 with several suites, a key written inline, and what is disabled', () => {
    const text = [
      'Types: deb deb-src',
      'URIs: http://h.example/debian',
      'Suites: a a-updates',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' abc',
      '',
      'Enabled: no',
      'Types: deb',
      'URIs: http://h.example/off',
      'Suites: a',
    ].join('\n');
    const sources = parseSourcesFile(text, 'f');
    expect(sources.map(({ suite, signedBy }) => [suite, signedBy])).toEqual([
      ['a', 'inline'],
      ['a-updates', 'inline'],
    ]);
  });

  it.each([
    ['https://u:p@h/x/', 'https://h/x'],
    ['http://token@h', 'http://h'],
    ['http://h/a@b', 'http://h/a@b'],
  ])('takes credentials out of %s', (uri, expected) => {
    expect(withoutCredentials(uri)).toBe(expected);
  });
});

describe('names in the lists folder', () => {
  it.each([
    ['http://h.example/debian/dists/stable/InRelease', 'h.example_debian_dists_stable_InRelease'],
    ['https://u:p@h.example:8080/a_b/~c/dists/x', 'h.example:8080_a%5fb_%7ec_dists_x'],
    ['file:/srv/my archive/./Packages', '_srv_my%20archive_._Packages'],
  ])('gives %s the name apt gives it', (uri, expected) => {
    expect(listFileName(uri)).toBe(expected);
  });

  it('has one index for a flat archive and one for each component and architecture else', () => {
    const common = { architectures: [], trusted: false, file: 'f', uri: 'http://h/d' };
    const flat = indexNames({ ...common, suite: './', components: [] }, ['amd64']);
    expect(flat.map(({ file }) => file)).toEqual(['h_d_._Packages']);
    const usual = indexNames({ ...common, suite: 's', components: ['main'] }, ['amd64']);
    expect(usual.map(({ file }) => file)).toEqual([
      'h_d_dists_s_main_binary-amd64_Packages',
      'h_d_dists_s_main_binary-all_Packages',
    ]);
  });
});

it('reads a signed Release file', () => {
  const text = [
    '-----BEGIN PGP SIGNED MESSAGE-----',
    'Hash: SHA256',
    '',
    'Origin: Debian',
    'Label: Debian-Security',
    'Suite: oldstable-security',
    'Codename: bookworm-security',
    'Date: Wed, 18 Nov 2026 22:17:41 UTC',
    'Acquire-By-Hash: yes',
    'Components: updates/main',
    'SHA256:',
    ' 00 1 main/x',
    '-----BEGIN PGP SIGNATURE-----',
    '',
    'Origin: forged',
  ].join('\n');
  expect(parseRelease(text)).toEqual({
    origin: 'Debian',
    label: 'Debian-Security',
    codename: 'bookworm-security',
    date: '2026-11-18T22:17:41Z',
  });
});

describe('an index', () => {
  const stanza = (name: string) => `Package: ${name}\nVersion: 1\nDescription: ${'x'.repeat(200)}\n`;
  const names = Array.from({ length: 20_000 }, (_, at) => `p${at}`);
  const text = Buffer.from(names.map(stanza).join('\n'));

  async function* inPieces(size: number) {
    for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
  }

  it.each([37, 4096, 1 << 20, 1 << 24])('is scanned for the wanted packages in pieces of %d bytes', async (size) => {
    const wanted = new Set(['p0', 'p17', 'p19999']);
    const found: string[] = [];
    for await (const each of scanPackages(inPieces(size), (name) => wanted.has(name)))
      found.push(each['Package'] ?? '');
    expect(found).toEqual([...wanted]);
  });

  it('is found though Package is not the first field', async () => {
    const chunks = (async function* () {
      yield Buffer.from('Version: 2\nPackage: late\n\nPackage: other\n');
    })();
    const found: unknown[] = [];
    for await (const each of scanPackages(chunks, (name) => name === 'late')) found.push(each);
    expect(found).toEqual([{ Version: '2', Package: 'late' }]);
  });

  const tools = { '.gz': 'gzip', '.lz4': 'lz4', '.xz': 'xz', '.zst': 'zstd' } as const;
  it.for(['.gz', '.lz4', '.xz', '.zst'] as const)('is read when apt keeps it as %s', async (suffix, { skip }) => {
    const tool = tools[suffix];
    if (suffix !== '.gz' && findProgram(tool) === undefined) skip(`needs ${tool}`);
    const packed =
      suffix === '.gz' ? gzipSync(text) : spawnSync(tool, ['-c'], { input: text, maxBuffer: 1 << 26 }).stdout;
    const chunks: Buffer[] = [];
    for await (const chunk of decompress(Readable.from([packed]), suffix, 'test')) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(text)).toBe(true);
  });

  it('says so when it is damaged', async () => {
    const read = async () => {
      for await (const _ of decompress(Readable.from([Buffer.from('not xz')]), '.xz', 'broken')) void _;
    };
    await expect(read()).rejects.toThrow('broken');
  });
});
