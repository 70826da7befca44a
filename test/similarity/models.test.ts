import { describe, expect, it } from 'vitest';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { compareEnvironments, similarityOf } from '../../src/similarity/compare.js';
import { type FeatureOptions, fileLevels, weightings } from '../../src/similarity/levels.js';
import { matrixOf } from '../../src/similarity/matrix.js';
import { metricNames } from '../../src/similarity/metrics.js';
import { checkModel, modelNames } from '../../src/similarity/models/model.js';
import { entry, file, folder, link, randomTree, trieOf } from './trees.js';

const plain: FeatureOptions = { level: 'path', entries: 'all', weighting: 'count' };
const compare = (
  trees: Readonly<Record<string, readonly PartialEntry[]>>,
  options: Partial<FeatureOptions> & { model?: (typeof modelNames)[number] } = {},
) => compareEnvironments({ trie: trieOf(trees), facts: new Map() }, { ...plain, ...options });

const overlap = (...[trees, options]: Parameters<typeof compare>) => {
  const { one, other, both } = similarityOf(compare(trees, options));
  return [one, other, both];
};

describe('every model, level, weight and metric', () => {
  const trees = Object.fromEntries([1, 2, 3, 4].map((seed) => [`t${seed}`, randomTree(seed)]));
  const again = { ...trees, again: randomTree(1) };
  const all = modelNames.flatMap((model) =>
    fileLevels.flatMap((level) =>
      weightings.flatMap((weighting) =>
        (['all', 'files', 'folders', 'leaves'] as const).flatMap((entries) => {
          const options = { level, weighting, entries };
          return isSeen(model, options) ? [[model, options] as const] : [];
        }),
      ),
    ),
  );

  it('are more than a handful', () => {
    expect(all.length).toBeGreaterThan(50);
  });

  it.each(all)('keep to their bounds: %s %j', (model, options) => {
    const { counts, own } = compare(again, { model, ...options });
    for (const metric of metricNames) {
      const data = own?.data ?? matrixOf(counts, metric).data;
      for (const [one, row] of data.entries()) {
        expect(row[one]).toBe(1);
        for (const [other, score] of row.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          if (own || metric === 'jaccard' || metric === 'dice' || metric === 'overlap') {
            expect(score).toBe(data[other]?.[one]);
          }
        }
      }
      expect(data[0]?.[4]).toBe(1);
    }
  });

  it.each(all)('say the same whatever was read first: %s %j', (model, options) => {
    const backwards = Object.fromEntries(
      Object.entries(trees).map(([name, entries]) => [name, [...entries].reverse()]),
    );
    const score = (some: typeof trees) => {
      const { counts, own } = compare(some, { model, ...options });
      return own?.data ?? matrixOf(counts, 'jaccard').data;
    };
    expect(score(backwards)).toEqual(score(trees));
  });
});

describe('leaves', () => {
  it('are what has nothing below it, in each environment by itself', () => {
    const one = ['/usr', '/usr/include', '/usr/include/moar'].map((path) => entry(path));
    const other = [...one, entry('/usr/include/moar/reprs')];
    expect(overlap({ one, other }, { entries: 'leaves' })).toEqual([1, 1, 0]);
    expect(overlap({ one, other: one }, { entries: 'leaves' })).toEqual([1, 1, 1]);
  });
});

describe('bytes', () => {
  it('of files of other sizes are in common as far as the smaller has them, whichever was read first', () => {
    const [one, other] = [[file('/f', 'aaaaa')], [file('/f', 'bb')]];
    expect(overlap({ one, other }, { weighting: 'bytes' })).toEqual([5, 2, 2]);
    expect(overlap({ other, one }, { weighting: 'bytes' })).toEqual([2, 5, 2]);
  });
});

describe('the graph', () => {
  const conda = ['/bin', '/bin/python', '/lib', '/lib/libz.so'].map((path) =>
    path.split('/').length === 2 ? folder(path) : file(path, path),
  );
  const at = (root: string, files = conda) => [
    ...root
      .split('/')
      .slice(1)
      .map((_, depth, parts) => folder(`/${parts.slice(0, depth + 1).join('/')}`)),
    ...files.map((each) => ({ ...each, path: `${root}${each.path}` as typeof each.path })),
  ];

  it('sees what was moved as a whole as the same, but for the folders above it', () => {
    const trees = { one: at('/opt/conda'), other: at('/usr/local/conda') };
    expect(overlap(trees, { level: 'content' })).toEqual([6, 7, 0]);
    expect(overlap(trees, { level: 'content', model: 'graph' })).toEqual([6, 7, 5]);
  });

  it('sees a changed file in each folder above it', () => {
    const changed = conda.map((each) => (each.path === '/lib/libz.so' ? file('/lib/libz.so', 'other') : each));
    const trees = { one: at('/opt/conda'), other: at('/opt/conda', changed) };
    // The file itself, lib, conda and opt.
    expect(overlap(trees, { level: 'content', model: 'graph' })).toEqual([6, 6, 2]);
    expect(overlap(trees, { level: 'path', model: 'graph' })).toEqual([6, 6, 6]);
  });

  it('counts the same tree as often as both have it', () => {
    const one = [folder('/a'), file('/a/x', 'x'), folder('/b'), file('/b/x', 'x')];
    const other = [folder('/c'), file('/c/x', 'x')];
    expect(overlap({ one, other }, { level: 'content', model: 'graph' })).toEqual([4, 2, 1]);
  });

  it('takes nothing for the same of which it does not know the content', () => {
    const unhashed = [folder('/d'), entry('/d/f', { type: 'file', size: 1 }), link('/l', 'd')];
    const compared = compare({ one: unhashed, other: unhashed }, { level: 'content', model: 'graph' });
    expect(similarityOf(compared)).toMatchObject({ one: 3, other: 3, both: 1 });
    expect(compared.notes).toEqual([expect.stringContaining('Of 2 files the content is not known')]);
  });

  it('is not misled by names that look like its own words', () => {
    const one = [folder('/a'), file('/a/b', '1'), entry('/a\n', { type: 'file' })];
    const other = [folder('/a\n'), file('/a\n/b', '1'), entry('/a', { type: 'file' })];
    expect(overlap({ one, other }, { level: 'type', model: 'graph' })).toEqual([3, 3, 1]);
  });
});

describe('documents', () => {
  it('are alike by their words, what is in all of them the least', () => {
    const paths = (...all: readonly string[]) => all.map((path) => entry(path));
    const trees = {
      one: paths('/usr/bin/python', '/usr/bin/ls'),
      near: paths('/opt/python', '/usr/bin/ls'),
      far: paths('/usr/games/nethack'),
    };
    const { own, counts } = compare(trees, { model: 'documents' });
    const [near = 0, far = 0] = [own?.data[0]?.[1], own?.data[0]?.[2]];
    expect(near).toBeGreaterThan(far);
    expect(far).toBeGreaterThan(0);
    // usr, bin, python, ls; usr, bin, python, ls and opt.
    expect([counts.both[0]?.[0], counts.both[1]?.[1], counts.both[0]?.[1]]).toEqual([4, 5, 4]);
  });

  it('have the cosine that its definition says', () => {
    const trees = { one: [entry('/a/b'), entry('/a/c')], other: [entry('/a/b')] };
    const [all, half] = [Math.log(1 + 2 / 2), Math.log(1 + 2 / 1)];
    const one = { a: (1 + Math.log(2)) * all, b: all, c: half };
    const other = { a: all, b: all };
    const expected =
      (one.a * other.a + one.b * other.b) / (Math.hypot(one.a, one.b, one.c) * Math.hypot(other.a, other.b));
    expect(compare(trees, { model: 'documents' }).own?.data[0]?.[1]).toBeCloseTo(expected, 14);
  });
});

describe('what says nothing to a model', () => {
  it.each([
    ['graph', { level: 'package' }, '--level package'],
    ['graph', { weighting: 'bytes' }, '--weight bytes'],
    ['documents', { level: 'content' }, '--level content'],
    ['documents', { weighting: 'rarity' }, '--weight rarity'],
    ['documents', { entries: 'leaves' }, '--entries leaves'],
    ['sets', { level: 'package', entries: 'files' }, '--entries files'],
  ] as const)('is told: %s %j', (model, options, message) => {
    expect(() => checkModel(model, { ...plain, ...options })).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) }),
    );
  });
});

function isSeen(model: (typeof modelNames)[number], options: FeatureOptions): boolean {
  try {
    checkModel(model, options);
    return true;
  } catch {
    return false;
  }
}
