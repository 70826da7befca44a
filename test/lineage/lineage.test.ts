import { describe, expect, it } from 'vitest';
import { accuracyOf } from '../../src/lineage/accuracy.js';
import { basesOf, unseenBases } from '../../src/lineage/bases.js';
import { collectionOf } from '../../src/lineage/report.js';
import { arrows, debian, file, inputOf, layers, lineage, system, type Told } from './support.js';

const base = 'org.opencontainers.image.base.name';
const baseDigest = 'org.opencontainers.image.base.digest';
const digest = `sha256:${'d'.repeat(64)}`;

describe('a parent is found', () => {
  it.each<readonly [string, Readonly<Record<string, Told>>, readonly string[]]>([
    [
      'by layers that the child begins with, the nearest one',
      {
        a: { facts: { image: layers(1) } },
        b: { facts: { image: layers(1, 2) } },
        c: { facts: { image: layers(1, 2, 3) } },
        other: { facts: { image: layers(4) } },
      },
      ['b < a by layers', 'c < b by layers'],
    ],
    [
      'by instructions without a layer',
      {
        a: { facts: { image: { ...layers(1), history: [{ createdBy: 'x' }] } } },
        b: { facts: { image: { ...layers(1), history: [{ createdBy: 'x' }, { createdBy: 'CMD y', empty: true }] } } },
      },
      ['b < a by layers'],
    ],
    [
      'by an annotation',
      {
        'debian:12': {},
        x: { facts: { image: { ...layers(), annotations: { [base]: 'docker.io/library/debian:12' } } } },
      },
      ['x < debian:12 by annotation'],
    ],
    [
      'by the digest in a label',
      {
        d: { facts: { image: { ...layers(), names: [`debian@${digest}`] } } },
        x: { facts: { image: { ...layers(), labels: { [baseDigest]: digest } } } },
      },
      ['x < d by annotation'],
    ],
    [
      'by a recipe',
      { debian_12: {}, x: { facts: { recipe: 'FROM debian:12 AS a\nFROM a' } } },
      ['x < debian_12 by recipe'],
    ],
    [
      'by a recipe, as what is only named',
      { x: { facts: { recipe: 'FROM me/tool' } }, y: { facts: { recipe: 'Bootstrap: docker\nFrom: me/tool' } } },
      ['x < me/tool:latest by recipe', 'y < me/tool:latest by recipe'],
    ],
    [
      'by release and packages',
      {
        a: { facts: { system: { ID: 'debian', VERSION_ID: '12' }, packages: debian('libc6=2.36', 'dash') } },
        b: { facts: { system: { ID: 'debian', VERSION_ID: '12' }, packages: debian('libc6=2.37', 'dash', 'curl') } },
      },
      ['b < a by system'],
    ],
    [
      'by release and packages, though the release was upgraded',
      {
        a: { facts: { system: { ID: 'alpine', VERSION_ID: '3.18.2' }, packages: debian('musl') } },
        b: { facts: { system: { ID: 'alpine', VERSION_ID: '3.18.3' }, packages: debian('musl', 'curl') } },
      },
      ['b < a by system'],
    ],
    [
      'by its paths',
      { a: { files: system(100) }, b: { files: [...system(99), ...system(50, '/usr/share/x')] } },
      ['b < a by containment'],
    ],
  ])('%s', async (_, sources, expected) => {
    expect(arrows(await lineage(sources))).toEqual(expected);
  });

  it('by the strongest evidence, and says how sure that is', async () => {
    const found = await lineage({
      'debian:12': { files: system(10), facts: { image: layers(1) } },
      x: { files: system(20), facts: { image: { ...layers(1, 2) }, recipe: 'FROM debian:12' } },
    });
    expect(found.parents.get('x')).toMatchObject({ evidence: 'layers', certainty: 'proved', score: 1 });
  });
});

describe('no parent is', () => {
  const release = (VERSION_ID: string, ...packages: string[]) => ({
    facts: { system: { ID: 'debian', VERSION_ID }, packages: debian(...packages) },
  });

  it.each<readonly [string, Readonly<Record<string, Told>>]>([
    ['another release', { a: release('11', 'x'), b: release('12', 'x', 'y') }],
    ['one with newer packages', { a: release('12', 'x=2'), b: release('12', 'x=1', 'y') }],
    ['one with other packages', { a: release('12', 'x', 'z'), b: release('12', 'x', 'y', 'w') }],
    [
      'one whose layers are others, whatever the files say',
      {
        a: { files: system(100), facts: { image: layers(1, 2) } },
        b: { files: system(120), facts: { image: layers(1, 3) } },
      },
    ],
    [
      'one that only has the same folders of documents',
      { a: { files: system(9, '/usr/share/doc/a') }, b: { files: system(20, '/usr/share/doc/a') } },
    ],
    [
      'one with files of its own that the other has not',
      { a: { files: [...system(200), '/opt/a', '/opt/a/run'] }, b: { files: system(300) } },
    ],
    [
      'one whose files are nearly all others at the same paths',
      {
        a: { files: system(50).map((path) => file(path, 'old')) },
        b: { files: system(60).map((path) => file(path, 'newer')) },
      },
    ],
  ])('%s', async (_, sources) => {
    expect(arrows(await lineage(sources))).toEqual([]);
  });

  it('a sibling that stands on the same base and has little more', async () => {
    const below = system(1000);
    const found = await lineage({
      base: { files: below },
      'jupyter-example': { files: [...below, '/usr/lib/example'] },
      sjupyter: { files: [...below, ...system(500, '/usr/lib/jupyter')] },
    });
    expect(arrows(found)).toEqual(['jupyter-example < base by containment', 'sjupyter < base by containment']);
  });

  it('a sibling that says it is from the same base', async () => {
    const recipe = 'Bootstrap: docker\nFrom: debian:9.3-slim';
    const found = await lineage({
      'jupyter-example': { files: system(1000), facts: { recipe } },
      sjupyter: { files: system(1500), facts: { recipe } },
    });
    expect(arrows(found)).toEqual([
      'jupyter-example < debian:9.3-slim by recipe',
      'sjupyter < debian:9.3-slim by recipe',
    ]);
  });

  it('what is not above the base that a child names', async () => {
    const found = await lineage({
      'debian:12': { files: system(100) },
      sibling: { files: [...system(100), '/usr/lib/s'] },
      child: { files: [...system(100), '/usr/lib/s', '/usr/lib/t'], facts: { recipe: 'FROM debian:12' } },
    });
    expect(found.parents.get('child')?.parent).toBe('debian:12');
    expect(found.verdicts.filter(({ child }) => child === 'child')).toHaveLength(1);
  });

  it('one of a circle of recipes', async () => {
    const found = await lineage({ a: { facts: { recipe: 'FROM b' } }, b: { facts: { recipe: 'FROM a' } } });
    expect(found.parents.size).toBe(1);
  });
});

describe('a line of parents', () => {
  it('goes through a base that is only named', async () => {
    const found = await lineage({
      debian: { facts: { image: layers(1) } },
      x: { facts: { image: layers(1, 2, 3), recipe: 'FROM me/python:3' } },
    });
    expect(arrows(found)).toEqual(['me/python:3 < debian by layers', 'x < me/python:3 by recipe']);
    expect(found.named).toEqual(['me/python:3']);
  });

  it('has each image once', async () => {
    const found = await lineage({
      one: { facts: { image: layers(1, 2) } },
      other: { facts: { image: layers(1, 2) } },
    });
    expect(found.same).toEqual([['one', 'other']]);
    expect(found.verdicts).toEqual([]);
  });

  it('is the same whatever the order of the sources', async () => {
    const below = system(400);
    const sources: Readonly<Record<string, Told>> = {
      'debian:12': { files: below, facts: { image: layers(1) } },
      python: { files: [...below, ...system(50, '/usr/lib/py')], facts: { image: layers(1, 2) } },
      tool: { files: [...below, ...system(50, '/usr/lib/py'), '/opt/t'], facts: { image: layers(1, 2, 3) } },
      squashed: {
        files: [...below, ...system(50, '/usr/lib/py'), ...system(9, '/opt/s')],
        facts: { image: layers(9) },
      },
      list: { files: [...below, ...system(40, '/usr/lib/r')] },
      named: { facts: { recipe: 'FROM debian:12' } },
      lost: { facts: { recipe: 'FROM nobody/has:it' } },
    };
    const names = Object.keys(sources);
    const expected = await lineage(sources);
    for (let turn = 1; turn < names.length; turn++) {
      const order = [...names.slice(turn), ...names.slice(0, turn)].reverse();
      const found = await lineage(Object.fromEntries(order.map((name) => [name, sources[name] ?? {}])));
      expect(found).toEqual(expected);
    }
    expect(arrows(expected)).toEqual([
      'list < debian:12 by containment',
      'lost < nobody/has:it by recipe',
      'named < debian:12 by recipe',
      'python < debian:12 by layers',
      'squashed < python by containment',
      'tool < python by layers',
    ]);
  });
});

describe('of a set', () => {
  it('the most used bases come first', async () => {
    const found = await lineage({
      a: { facts: { recipe: 'FROM debian' } },
      b: { facts: { recipe: 'FROM a' } },
      c: { facts: { recipe: 'FROM alpine' } },
    });
    expect(basesOf(found)).toEqual([
      { name: 'debian:latest', children: 1, descendants: 2, isRoot: true },
      { name: 'a', children: 1, descendants: 1, isRoot: false },
      { name: 'alpine:latest', children: 1, descendants: 1, isRoot: true },
    ]);
  });

  it('layers that several begin with tell of a base that is not there', async () => {
    const { subjects } = await inputOf({
      a: { facts: { image: layers(1, 2, 3) } },
      b: { facts: { image: layers(1, 2, 4) } },
      c: { facts: { image: layers(1, 5) } },
      d: { facts: { image: layers(7) } },
    });
    expect(unseenBases(subjects)).toEqual([
      { layers: 2, images: ['a', 'b'] },
      { layers: 1, images: ['a', 'b', 'c'] },
    ]);
  });

  it('what is declared is held against what is found without it', async () => {
    const input = await inputOf({
      'debian:12': { files: system(100) },
      right: { files: system(120), facts: { recipe: 'FROM debian:12' } },
      wrong: { files: system(100, '/other'), facts: { recipe: 'FROM debian:12' } },
      unknown: { files: system(10), facts: { recipe: 'FROM me/none' } },
    });
    expect(accuracyOf(input)).toEqual({
      declared: 2,
      right: 1,
      wrong: [{ child: 'wrong', declared: 'debian:12' }],
    });
  });

  it('nothing is said of accuracy where recipes are all that there is', async () => {
    expect(accuracyOf(await inputOf({ a: {}, b: { facts: { recipe: 'FROM a' } } }))).toBeUndefined();
  });

  it('recipes are paths of a collection', async () => {
    const { subjects } = await inputOf({
      tool: { facts: { recipe: 'FROM me/base:2' } },
      more: { facts: { recipe: 'FROM tool' } },
      bare: { facts: { recipe: 'FROM scratch' } },
      lost: { facts: { recipe: 'ARG X\nFROM $X' } },
    });
    expect(collectionOf(subjects).paths()).toEqual([
      '/scratch',
      '/scratch/library/bare',
      '/scratch/me/base',
      '/scratch/me/base/.2/library/tool',
      '/scratch/me/base/.2/library/tool/.latest/library/more',
    ]);
  });
});
