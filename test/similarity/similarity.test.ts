import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import type { FilePath } from '../../src/model/file-path.js';
import { type Cluster, clusterByAverage, cutAt, leavesOf } from '../../src/similarity/cluster.js';
import { compareSources, similarityOf } from '../../src/similarity/compare.js';
import { type EntryOptions, featuresOf } from '../../src/similarity/features.js';
import { matrixCsv, orderedBy } from '../../src/similarity/format.js';
import type { FeatureOptions } from '../../src/similarity/levels.js';
import { countsOf, matrixOf, mergeCounts } from '../../src/similarity/matrix.js';
import { sourcesOf } from '../../src/sources/open.js';
import { randomNumbers } from '../support/random.js';

const plain = { level: 'path', entries: 'all', weighting: 'count' } as const satisfies FeatureOptions;
const entry = (path: string, more: Partial<PartialEntry> = {}): PartialEntry => ({ path: path as FilePath, ...more });
const file = (path: string, content: string, more: Partial<PartialEntry> = {}) =>
  entry(path, { type: 'file', size: content.length, hash: content.repeat(64).slice(0, 64), ...more });

function trieOf(trees: Readonly<Record<string, readonly PartialEntry[]>>): FilesystemTrie {
  const trie = new FilesystemTrie();
  for (const [tag, entries] of Object.entries(trees)) {
    trie.addTag(tag);
    for (const each of entries) trie.insert(each, tag);
  }
  return trie;
}

function overlapOf(one: readonly PartialEntry[], other: readonly PartialEntry[], options: Partial<EntryOptions>) {
  const { both } = countsOf(featuresOf(trieOf({ one, other }), { ...plain, ...options }), ['one', 'other']);
  return [both[0]?.[0], both[1]?.[1], both[0]?.[1]];
}

describe('an entry is the same', () => {
  const one = [
    entry('/d', { type: 'directory', size: 4096 }),
    file('/d/same', 'a', { mtime: 1 }),
    file('/d/size', 'b'),
    file('/d/other', 'c'),
    entry('/d/link', { type: 'symlink', target: 'x' as FilePath }),
    entry('/d/kind', { type: 'fifo' }),
  ];
  const other = [
    entry('/d', { type: 'directory', size: 8192 }),
    file('/d/same', 'a', { mtime: 2 }),
    file('/d/size', 'd'),
    file('/d/other', 'ee'),
    entry('/d/link', { type: 'symlink', target: 'y' as FilePath }),
    entry('/d/kind', { type: 'socket' }),
  ];

  it.each([
    ['path', 6],
    ['type', 5],
    ['size', 3],
    ['content', 2],
  ] as const)('by its %s', (level, both) => {
    expect(overlapOf(one, other, { level })).toEqual([6, 6, both]);
  });

  it('not where its content is unknown, and that is told', () => {
    const trees = { one: [entry('/a', { type: 'file', size: 1 })], other: [entry('/a', { type: 'file', size: 1 })] };
    const features = featuresOf(trieOf(trees), { ...plain, level: 'content' });
    expect(features.unknown).toBe(2);
    expect(countsOf(features, ['one', 'other']).both.map((row) => [...row])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('what counts', () => {
  const lists = ['/a', '/a/f', '/b'].map((path) => entry(path));

  it.each([
    ['all', 3],
    ['files', 2],
    ['folders', 1],
  ] as const)('is %s, of a list without types by what lies below', (entries, count) => {
    expect(overlapOf(lists, lists, { entries })).toEqual([count, count, count]);
  });

  it('is no folder that a list does not name, nor the root', () => {
    expect(overlapOf([entry('/x/y/z')], [entry('/x/y/w')], {})).toEqual([1, 1, 0]);
  });

  it('is bytes where they are asked for, and what is rare where that is', () => {
    const one = [file('/f', 'aaa'), file('/g', 'b')];
    expect(overlapOf(one, [file('/g', 'b')], { weighting: 'bytes' })).toEqual([4, 1, 1]);
    const [all, shared] = [Math.log(1 + 2), Math.log(1 + 1)];
    expect(overlapOf(one, [file('/g', 'b')], { weighting: 'rarity' })).toEqual([all + shared, shared, shared]);
  });
});

describe('the matrix', () => {
  it('says of every pair what plain sets say', () => {
    const below = randomNumbers(3);
    const trees = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [
        `t${at}`,
        Array.from({ length: 40 }, () => file(`/${below(6)}/${below(9)}`, String(below(3)))),
      ]),
    );
    const keys = Object.values(trees).map((entries) => {
      const last = new Map(entries.map(({ path, hash }) => [path, `${path} ${hash}`]));
      return new Set(last.values());
    });
    const names = Object.keys(trees);
    const counts = countsOf(featuresOf(trieOf(trees), { ...plain, level: 'content' }), names);
    const matrix = matrixOf(counts, 'jaccard');
    for (const [one, a] of keys.entries()) {
      for (const [other, b] of keys.entries()) {
        const both = [...a].filter((key) => b.has(key)).length;
        expect(matrix.data[one]?.[other]).toBe(both / (a.size + b.size - both));
      }
    }
  });

  it('is the same made in parts of the entries as made at once', () => {
    const below = randomNumbers(5);
    const trees = ['x', 'y', 'z'].map((tag) => [tag, Array.from({ length: 30 }, () => `/${below(40)}`)] as const);
    const countsIn = (keep: (path: string) => boolean) => {
      const kept = trees.map(([tag, paths]) => [tag, paths.filter(keep).map((path) => entry(path))] as const);
      return countsOf(featuresOf(trieOf(Object.fromEntries(kept)), plain), ['x', 'y', 'z']);
    };
    const parts = [0, 1, 2].map((part) => countsIn((path) => Number(path.slice(1)) % 3 === part));
    expect(mergeCounts(parts)).toEqual(countsIn(() => true));
  });

  it('is CSV that a name cannot break', () => {
    const matrix = { data: [[1, 0.5]], X: ['a,"b"', 'c'], Y: ['a\nb'] };
    expect(matrixCsv(matrix)).toBe(',"a,""b""",c\n"a\nb",1,0.5');
  });
});

describe('clusters', () => {
  /** Average linkage by its definition: again and again the two parts whose pairs are most alike on average. */
  function byDefinition(data: readonly (readonly number[])[]): number[] {
    let parts = data.map((_, at) => [at]);
    const scores: number[] = [];
    const average = (a: readonly number[], b: readonly number[]) =>
      a.flatMap((one) => b.map((other) => data[one]?.[other] ?? 0)).reduce((sum, each) => sum + each, 0) /
      (a.length * b.length);
    while (parts.length > 1) {
      const pairs = parts.flatMap((a, at) => parts.slice(at + 1).map((b) => ({ a, b, score: average(a, b) })));
      const best = pairs.reduce((found, each) => (each.score > found.score ? each : found));
      scores.push(best.score);
      parts = [...parts.filter((part) => part !== best.a && part !== best.b), [...best.a, ...best.b]];
    }
    return scores.sort((a, b) => a - b);
  }
  const scoresOf = (cluster: Cluster): number[] =>
    'leaf' in cluster ? [] : [cluster.score, ...cluster.parts.flatMap(scoresOf)];

  it.each([2, 3, 8, 20])('are those of average linkage, of %i', (size) => {
    const below = randomNumbers(size);
    const data = Array.from({ length: size }, () => Array.from({ length: size }, () => 1));
    for (let one = 0; one < size; one++) {
      for (let other = 0; other < one; other++) {
        const score = below(100_000) / 100_000;
        (data[one] as number[])[other] = score;
        (data[other] as number[])[one] = score;
      }
    }
    const cluster = clusterByAverage(data) as Cluster;
    expect(leavesOf(cluster).sort((a, b) => a - b)).toEqual([...data.keys()]);
    const expected = byDefinition(data);
    for (const [at, score] of scoresOf(cluster)
      .sort((a, b) => a - b)
      .entries()) {
      expect(score).toBeCloseTo(expected[at] ?? -1, 10);
    }
  });

  it('end where all are equally alike, and are nothing of nothing', () => {
    expect(leavesOf(clusterByAverage(Array.from({ length: 5 }, () => [1, 1, 1, 1, 1])) as Cluster)).toHaveLength(5);
    expect(clusterByAverage([])).toBeUndefined();
  });

  it('are cut at a score, and order the matrix', () => {
    const data = [
      [1, 0.1, 0.9],
      [0.1, 1, 0.2],
      [0.9, 0.2, 1],
    ];
    const cluster = clusterByAverage(data) as Cluster;
    expect(cutAt(cluster, 0.5).map((group) => group.sort())).toEqual(expect.arrayContaining([[0, 2], [1]]));
    expect(cutAt(cluster, 0)).toHaveLength(1);
    const names = orderedBy({ data, X: ['a', 'b', 'c'], Y: ['a', 'b', 'c'] }, cluster).X;
    expect(Math.abs(names.indexOf('a') - names.indexOf('c'))).toBe(1);
  });
});

describe('sources', () => {
  it.each([
    [['/data/ubuntu_12.04.files.json.gz'], ['ubuntu_12.04']],
    [
      ['docker:debian:12', 'base=docker:debian:12'],
      ['docker:debian:12', 'base'],
    ],
    [
      ['a/environment.yml', 'b/environment.yml'],
      ['environment', 'environment (2)'],
    ],
    [['http://user:secret@127.0.0.1/list.json'], ['http://127.0.0.1/list.json']],
    [['dir:/srv/a=b'], ['dir:/srv/a=b']],
  ])('%j are called %j', (texts, names) => {
    expect(sourcesOf(texts).map(({ name }) => name)).toEqual(names);
  });

  it('are folders, lists and specs alike', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sources-'));
    try {
      await mkdir(join(folder, 'tree/d'), { recursive: true });
      await writeFile(join(folder, 'tree/d/f'), 'content');
      await writeFile(join(folder, 'list'), './\n./d/\n./d/f\n');
      const sources = sourcesOf([`dir:${join(folder, 'tree')}`, join(folder, 'list')]);
      const compared = await compareSources({ sources, ...plain });
      expect(similarityOf(compared)).toMatchObject({ one: 3, other: 3, both: 3, metrics: { jaccard: 1 } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that are nothing are told with what to give', async () => {
    const sources = sourcesOf(['no-such-thing']);
    await expect(compareSources({ sources, ...plain })).rejects.toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringContaining('no-such-thing') }),
    );
  });
});

/** A folder with the lists that were published, for whoever has them: they are not ours to copy. */
const published = process.env['REPROMAN_TEST_FILE_LISTS'];

describe.skipIf(published === undefined)(
  'published numbers (REPROMAN_TEST_FILE_LISTS names the folder of lists)',
  () => {
    const list = (name: string) => join(published ?? '', name);
    const read = (names: readonly string[], compat: boolean) =>
      compareSources({ sources: sourcesOf(names.map(list)), compat, ...plain });
    const pair = ['shub_54r4__sara-server-vre_7527a7.files.json.gz', 'shub_A33a__sjupyter_f357c1.files.json.gz'];

    it.each([
      [true, { total: 56386, same: 12201, diff: 44185, score: 0.21638349945021815 }],
      [false, { total: 56404, same: 12204, diff: 44200, score: 0.21636763350117014 }],
    ])('are those of container-tree (as it counts: %s)', async (compat, expected) => {
      expect(similarityOf(await read(pair, compat))).toMatchObject(expected);
    });

    it('are the 25 of five releases of Ubuntu, and their tree', async () => {
      const rows = (await readFile(list('golden-ubuntu-dice-5x5.tsv'), 'utf8')).trimEnd().split('\n');
      const golden = rows.slice(1).map((row) => row.split('\t').slice(1).map(Number));
      const releases = ['12.04', '14.04', '16.04', '17.04', '18.04'];
      const { counts } = await read(
        releases.map((release) => `ubuntu_${release}.files.json.gz`),
        false,
      );
      const { data } = matrixOf(counts, 'dice');
      expect(data).toEqual(golden);
      const scores = (cluster: Cluster | undefined): number[] =>
        cluster && 'parts' in cluster ? [cluster.score, ...cluster.parts.flatMap(scores)] : [];
      expect(
        scores(clusterByAverage(data))
          .map((score) => score.toFixed(3))
          .sort(),
      ).toEqual([...['0.390', '0.619', '0.722', '0.857']]);
    });
  },
);
