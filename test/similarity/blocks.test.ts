import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeParts, parseBlock, partOf, readPart } from '../../src/similarity/blocks.js';
import { compareEnvironments } from '../../src/similarity/compare.js';
import { type FeatureOptions, isPackageLevel, levels, weightings } from '../../src/similarity/levels.js';
import { randomNumbers } from '../support/random.js';
import { entry, factsOf, randomTree, trieOf } from './trees.js';

const plain: FeatureOptions = { level: 'path', entries: 'all', weighting: 'count' };
const below = randomNumbers(11);
const names = ['x', 'y', 'z'];
const environments = {
  trie: trieOf({ x: randomTree(1), y: randomTree(2), z: [...randomTree(3), entry('/u', { type: 'file', size: 1 })] }),
  facts: factsOf(
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          packages: Array.from({ length: 30 }, (_, at) => ({
            ...{ distribution: 'debian', name: `p${at}`, version: String(below(3)), size: below(100) },
          })),
        },
      ]),
    ),
  ),
};
const parts = (of: number, options: FeatureOptions = plain) =>
  Array.from({ length: of }, (_, at) => partOf(environments, { index: at + 1, of }, options));

describe('blocks of a matrix', () => {
  const all = levels.flatMap((level) =>
    weightings.flatMap((weighting) =>
      (['all', 'files', 'leaves'] as const).flatMap((entries) =>
        isPackageLevel(level) && entries !== 'all' ? [] : [{ level, weighting, entries }],
      ),
    ),
  );

  it.each(all)('are the matrix to the last digit, in any order: %j', (options) => {
    const whole = compareEnvironments(environments, options);
    for (const of of [1, 2, 5]) {
      const merged = mergeParts(parts(of, options).reverse());
      expect(merged.counts).toEqual(whole.counts);
      expect(merged.notes).toEqual(whole.notes);
    }
  });

  it('have about the same share each, and nothing twice', () => {
    const weights = parts(4).map(({ groups }) => groups.reduce((sum, { weight }) => sum + weight, 0));
    const [all] = parts(1).map(({ groups }) => groups.reduce((sum, { weight }) => sum + weight, 0));
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(all);
    expect(Math.min(...weights)).toBeGreaterThan((all ?? 0) / 8);
  });

  it('put a path into one block however it is written', () => {
    const trie = (path: string) => ({ trie: trieOf({ x: [entry(path)] }), facts: new Map() });
    const blockOf = (path: string) =>
      [1, 2, 3, 4, 5, 6, 7].filter((index) => partOf(trie(path), { index, of: 7 }, plain).groups.length > 0);
    expect(blockOf('./usr//lib/')).toEqual(blockOf('/usr/lib'));
    expect(blockOf('/usr/lib')).toHaveLength(1);
  });

  it.each([
    [[0, 1], 'of 3 blocks 3 is missing'],
    [[0], 'of 3 blocks 2, 3 are missing'],
    [[0, 1, 1, 2], 'block 2 is there twice'],
    [[], 'there are no blocks to merge'],
  ])('%j of three are not a matrix', (which, message) => {
    const three = parts(3);
    expect(() => mergeParts(which.flatMap((at) => three[at] ?? []))).toThrow(
      expect.objectContaining({ kind: 'usage', message }),
    );
  });

  it.each([
    [{ names: ['other'] }, 'have other sources'],
    [{ settings: { ...plain, level: 'size', compat: false } }, 'were made with other flags'],
    [{ block: { index: 2, of: 4 } }, 'are of another number of blocks'],
  ] as const)('of another matrix are told: %j', (change, message) => {
    const [one, two] = parts(2);
    if (!one || !two) throw new Error('there are two');
    expect(() => mergeParts([one, { ...two, ...change } as typeof two])).toThrow(message);
  });

  it.each(['0/4', '5/4', '1', '1/', 'a/b', '-1/4', '1/0'])('%s is none', (text) => {
    expect(() => parseBlock(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });

  it('are files, and other files are none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blocks-'));
    try {
      const [part] = parts(2);
      const write = async (name: string, text: string) => {
        await writeFile(join(folder, name), text);
        return join(folder, name);
      };
      expect(await readPart(await write('part', JSON.stringify(part)))).toEqual(part);
      const wrong = [
        await write('text', 'no JSON'),
        await write('other', '{}'),
        await write('tag', JSON.stringify({ ...part, groups: [{ tags: [3], weight: 1 }] })),
        await write('index', JSON.stringify({ ...part, block: { index: 3, of: 2 } })),
        join(folder, 'none'),
        folder,
      ];
      for (const file of wrong) {
        await expect(readPart(file)).rejects.toThrow(expect.objectContaining({ kind: 'usage', where: file }));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
