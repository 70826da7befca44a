import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Classification, classify } from '../../src/lineage/classify/classify.js';
import { formatClassification } from '../../src/lineage/classify/format.js';
import { labelsOf } from '../../src/lineage/classify/labels.js';
import { savingsOf } from '../../src/lineage/classify/redundancy.js';
import { walkBases } from '../../src/lineage/classify/walk.js';
import { lineageOf } from '../../src/lineage/lineage.js';
import { Overlap } from '../../src/lineage/overlap.js';
import { packagesByPaths } from '../../src/lineage/packages/by-paths.js';
import { loadManagers } from '../../src/lineage/packages/managers.js';
import { subjectOf } from '../../src/lineage/subjects.js';
import { toolchainOf } from '../../src/lineage/toolchain.js';
import { sourcesOf } from '../../src/sources/open.js';
import { debian, file, inputOf, layers, system, type Told, trieOf } from './support.js';

/** What `image` is among the others. */
async function walk(sources: Readonly<Record<string, Told>>) {
  const { image, ...bases } = sources;
  const input = { ...(await inputOf(bases)), overlap: new Overlap(trieOf(sources)) };
  return walkBases(subjectOf('image', image?.facts ?? {}), lineageOf(input), input);
}

describe('an image among bases', () => {
  const ubuntu = system(300);
  const python = [...ubuntu, ...system(60, '/usr/lib/python-part')];
  const alpine = system(80, '/lib/apk-part');

  it('is found by walking down from those that stand on none', async () => {
    const found = await walk({
      ubuntu: { files: ubuntu },
      python: { files: python },
      jupyter: { files: [...python, ...system(40, '/usr/lib/jupyter-part')] },
      alpine: { files: alpine },
      'alpine-node': { files: [...alpine, ...system(9, '/lib/node')] },
      'alpine-go': { files: [...alpine, ...system(9, '/lib/go')] },
      image: { files: [...python, '/opt/mine'] },
    });
    expect(found.matches[0]).toMatchObject({ base: 'python', evidence: 'containment', certainty: 'likely' });
    expect(found.matches.map(({ base }) => base)).not.toContain('alpine-node');
    expect([found.comparisons, found.spared]).toEqual([4, 2]);
  });

  it('is the nearest of those that its layers begin with', async () => {
    const found = await walk({
      a: { facts: { image: layers(1) } },
      b: { facts: { image: layers(1, 2) } },
      c: { facts: { image: layers(1, 3) } },
      image: { facts: { image: layers(1, 2, 4) } },
    });
    expect(found.matches.map(({ base, certainty }) => `${base} ${certainty}`)).toEqual([
      'b proved',
      'a proved',
      'c similar',
    ]);
  });

  it('is a base itself where it is the same image', async () => {
    const found = await walk({
      a: { facts: { image: layers(1) } },
      b: { facts: { image: layers(1, 2) } },
      image: { facts: { image: layers(1, 2) } },
    });
    expect(found.matches[0]).toMatchObject({ base: 'b', certainty: 'proved', detail: 'it is the same image' });
  });

  it('is not compared with bases of another release', async () => {
    const system = (VERSION_ID: string) => ({ facts: { system: { ID: 'debian', VERSION_ID }, packages: debian('x') } });
    const found = await walk({ old: system('11'), new: system('12'), image: system('12') });
    expect([found.comparisons, found.spared]).toEqual([1, 1]);
  });

  it('is called only similar to what lacks much of it', async () => {
    const found = await walk({ ubuntu: { files: ubuntu }, image: { files: ubuntu.slice(0, 200) } });
    expect(found.matches).toMatchObject([{ base: 'ubuntu', certainty: 'similar', score: 202 / 302 }]);
  });

  it('looks below a base that is only named', async () => {
    const found = await walk({
      a: { files: python, facts: { recipe: 'FROM nobody/here' } },
      image: { files: [...python, '/x'] },
    });
    expect(found.matches[0]?.base).toBe('a');
  });
});

describe('bytes', () => {
  it('of an image that would come with a base, and that would come along', () => {
    const trie = trieOf({
      own: { files: [file('/usr/a', 'aaaa')] },
      better: { files: [file('/usr/a', 'aaaa'), file('/usr/b', 'bb'), file('/usr/c', 'other'), file('/usr/d', 'd')] },
      image: { files: [file('/usr/a', 'aaaa'), file('/usr/b', 'bb'), file('/usr/c', 'c'), file('/usr/e', 'e')] },
    });
    expect(savingsOf(trie, 'image', ['better', 'own'], 'own')).toEqual(
      new Map([
        ['better', { redundant: 2, extra: 6 }],
        ['own', { redundant: 0, extra: 0 }],
      ]),
    );
    expect(savingsOf(trie, 'image', ['better'], undefined).get('better')?.redundant).toBe(6);
  });

  it('of folders do not count, whose sizes some lists tell', () => {
    const trie = trieOf({
      base: { files: [{ ...file('/usr', 'x'.repeat(9)), type: 'directory' }, file('/usr/a', 'a')] },
      image: { files: [{ ...file('/usr', 'x'.repeat(9)), type: 'directory' }, file('/usr/a', 'a')] },
    });
    expect(savingsOf(trie, 'image', ['base'], undefined).get('base')).toEqual({ redundant: 1, extra: 0 });
  });
});

describe('labels', () => {
  const sources = {
    base: { files: ['/usr/bin/ls'], facts: { packages: debian('coreutils', 'common-tool') } },
    other: { files: [], facts: { packages: debian('coreutils', 'git') } },
    image: {
      files: ['/usr/bin/ls', '/usr/bin/r', '/usr/local/bin/mine', '/usr/bin/git', '/opt/v/bin/tool', '/opt/v/lib/no'],
      facts: { packages: debian('coreutils', 'common-tool', 'git', 'libfoo1', 'r=4.2') },
    },
  };

  it('are what is not of the base, rare things and those with programs first', () => {
    const trie = trieOf(sources);
    const subjects = Object.entries(sources).map(([name, { facts }]) => subjectOf(name, facts));
    const [base, other, image] = subjects;
    if (!base || !other || !image) throw new Error('three were told');
    const input = { trie, packages: ({ facts }: typeof base) => facts.packages ?? [], corpus: [base, other] };
    const labels = labelsOf(image, base, input);
    expect(labels.map(({ name }) => name)).toEqual(['r', 'mine', 'tool', 'git', 'libfoo1']);
    expect(labels[0]).toMatchObject({ kind: 'package', distribution: 'debian', version: '4.2' });
  });

  it('of lists without packages are by the names of records', () => {
    const trie = trieOf({
      list: {
        files: [
          '/var/lib/dpkg/info/libc6:amd64.list',
          '/var/lib/dpkg/info/git.list',
          '/opt/conda/conda-meta/numpy-base-1.26.4-py311_0.json',
          '/usr/lib/python3/dist-packages/jsonschema-2.6.0.egg-info',
          '/opt/conda/lib/python3.11/site-packages/ruamel.yaml-0.17.dist-info',
          '/usr/local/lib/node_modules/@angular/cli/package.json',
          '/usr/lib/R/library/stats/DESCRIPTION',
          '/usr/lib/R/other.list',
        ],
      },
    });
    const found = packagesByPaths(trie).get('list') ?? [];
    expect(found.map(({ distribution, name, version }) => `${distribution} ${name} ${version}`.trim()).sort()).toEqual([
      'conda numpy-base 1.26.4',
      'debian git',
      'debian libc6',
      'npm @angular/cli',
      'python jsonschema 2.6.0',
      'python ruamel.yaml 0.17',
      'r stats',
    ]);
  });
});

describe('the toolchain', () => {
  it('is that of packages, and else of paths', async () => {
    const sources = {
      a: { facts: { packages: debian('python3.11=3.11.2-6', 'libc6=2.36-9+deb12u4', 'gcc=4:12.2.0-3') } },
      b: {
        files: [
          '/opt/conda/bin/python3.11',
          '/opt/conda/conda-meta/python-3.11.2-h7a1cb2a_0.json',
          '/usr/lib/x86_64-linux-gnu/libc-2.31.so',
          '/usr/lib/x86_64-linux-gnu/libmpi.so.40',
          '/usr/lib/jvm/java-1.8.0-openjdk-amd64',
          '/usr/bin/node',
        ],
      },
    };
    const subjects = Object.entries(sources).map(([name, told]) => subjectOf(name, 'facts' in told ? told.facts : {}));
    const managers = await loadManagers(subjects.map(({ facts }) => facts));
    const rows = toolchainOf(subjects, trieOf(sources), managers);
    expect(Object.fromEntries(rows.map(({ tool, versions, same }) => [tool, [versions, same]]))).toEqual({
      glibc: [{ a: ['2.36'], b: ['2.31'] }, false],
      Python: [{ a: ['3.11.2'], b: ['3.11.2'] }, true],
      'Node.js': [{ b: [] }, false],
      Java: [{ b: ['8'] }, false],
      gcc: [{ a: ['12.2.0'] }, false],
      'Open MPI': [{ b: ['libmpi.so.40'] }, false],
    });
  });
});

describe('sources', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'classify-'));
    const tree = async (name: string, files: Readonly<Record<string, string>>) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(join(folder, name, path, '..'), { recursive: true });
        await writeFile(join(folder, name, path), content);
      }
    };
    const below = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`usr/lib/p${at}`, `${at}`]));
    await tree('small', below);
    const big = { ...below, 'usr/lib/big': 'x'.repeat(5000) };
    await tree('big', { ...big, 'usr/lib/new': 'n', 'usr/lib/other': 'o' });
    await tree('image', { ...big, 'usr/local/bin/mine': '#!/bin/sh' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are read, and a better base is named with what it saves', async () => {
    const at = (name: string) => `${name}=dir:${join(folder, name)}`;
    const all = sourcesOf([at('small'), at('big'), at('image')]);
    const { images } = await classify({ images: all.slice(2), bases: all.slice(0, 2), hash: true });
    const [found] = images as [Classification];
    expect(found.matches[0]).toMatchObject({ base: 'small', certainty: 'likely' });
    expect(found.better).toEqual({ base: 'big', instead: 'small', redundant: 5000, extra: 2 });
    expect(found.labels.map(({ name }) => name)).toEqual(['mine']);
    expect(formatClassification(found, 5, 5)).toContain('On big instead of on small, 5.0 kB of its own');
  });
});

const published = process.env['REPROMAN_TEST_FILE_LISTS'];

describe.skipIf(published === undefined)('published lists (REPROMAN_TEST_FILE_LISTS names their folder)', () => {
  it('of two images are classified to the Ubuntu that their files are of', { timeout: 60_000 }, async () => {
    const list = (name: string) => join(published ?? '', `${name}.files.json.gz`);
    const bases = ['12.04', '14.04', '16.04', '17.04', '18.04'].map((release) => list(`ubuntu_${release}`));
    const images = ['shub_54r4__sara-server-vre_7527a7', 'shub_A33a__sjupyter_f357c1'].map(list);
    const found = await classify({ images: sourcesOf(images), bases: sourcesOf(bases), hash: false });
    expect(found.images.map(({ matches }) => [matches[0]?.base, matches[0]?.certainty])).toEqual([
      ['ubuntu_16.04', 'likely'],
      ['ubuntu_16.04', 'likely'],
    ]);
    expect(found.images.map(({ comparisons }) => comparisons)).toEqual([5, 5]);
  });
});
