import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBuildSystem, readSource, sourceAmong } from '../../../src/distributions/python/source-archive.js';

const legacy = 'setuptools.build_meta:__legacy__';

describe('what pyproject.toml says of building', () => {
  it.each([
    ['[project]\nname = "a"\n', ['setuptools>=40.8.0', 'wheel'], legacy, []],
    ['[build-system]\nrequires = ["setuptools>=61"]\n\n[project]\n', ['setuptools>=61', 'wheel'], legacy, []],
    [
      '[project]\nrequires = ["no"]\n[build-system] # how\nrequires = [\n  "a[b]>=1", # c ]\n  \'d; python_version < "3.9"\',\n]\nbuild-backend = "e.f:g"\nbackend-path = ["."]\n[tool.x]\nbuild-backend = "no"\n',
      ['a[b]>=1', 'd; python_version < "3.9"'],
      'e.f:g',
      ['.'],
    ],
    [
      '[build-system]\nbuild-backend = "setuptools.build_meta"\nrequires = ["wheel>=0.30", "setuptools"]',
      ['wheel>=0.30', 'setuptools'],
      'setuptools.build_meta',
      [],
    ],
    ['[build-system]\nrequires = []\nbuild-backend = "own"\n', [], 'own', []],
  ])('is read of %j', (text, requires, backend, path) => {
    expect(parseBuildSystem(text)).toEqual({ requires, backend, path });
  });
});

describe('a source distribution', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'source-archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function packed(name: string, files: Readonly<Record<string, string>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true });
      writeFileSync(join(folder, name, path), text);
    }
    const file = join(folder, `${name}.tar.gz`);
    execFileSync('tar', ['-C', folder, '-czf', file, name]);
    return file;
  }

  it('tells its version and what it requires, and that it is to be compiled', async () => {
    const file = packed('some_tool-1.2', {
      'PKG-INFO': 'Metadata-Version: 2.1\nName: some-tool\nVersion: 1.2\nRequires-Dist: helper>=1\n\nwords',
      'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "own"\n',
      'src/some_tool/fast.c': '',
      'src/some_tool/data/PKG-INFO': 'Name: other\nVersion: 9\n',
    });
    expect(await readSource(file, 'some_tool-1.2.tar.gz')).toEqual({
      metadata: { name: 'some-tool', version: '1.2', requires: ['helper>=1'] },
      build: { requires: [], backend: 'own', path: [] },
      languages: new Set(['c']),
    });
  });

  it('of older tools tells what it requires in requires.txt', async () => {
    const file = packed('old-0.1', {
      'PKG-INFO': 'Metadata-Version: 1.0\nName: old\nVersion: 0.1\n',
      'old.egg-info/requires.txt': 'helper\n\n[fast]\nextra\n',
      'setup.py': '',
    });
    const { metadata, build, languages } = await readSource(file, 'old-0.1.tar.gz');
    expect(metadata?.requires).toEqual(['helper', "extra ; extra == 'fast'"]);
    expect([build.backend, languages.size]).toEqual([legacy, 0]);
  });

  it('is that of the very version, however that is written, and has a hash', () => {
    const of = (name: string, sha256?: string) => ({
      ...{ name, url: `http://index/${name}`, yanked: false, hasMetadata: false },
      ...(sha256 === undefined ? {} : { sha256 }),
    });
    const files = [
      of('a-1.0.tar.gz'),
      of('a-1.0.1.tar.gz', 'b'),
      of('a-1.tar.gz', 'c'),
      of('a-1.0-py3-none-any.whl', 'd'),
    ];
    expect(sourceAmong(files, '1.0')).toEqual({ name: 'a-1.tar.gz', url: 'http://index/a-1.tar.gz', sha256: 'c' });
    expect(sourceAmong(files, '2')).toBeUndefined();
  });
});
