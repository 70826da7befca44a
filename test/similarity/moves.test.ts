import { describe, expect, it } from 'vitest';
import type { PartialEntry } from '../../src/filesystem/trie/values.js';
import { compareEnvironments } from '../../src/similarity/compare.js';
import { movesOf } from '../../src/similarity/moves.js';
import { reportOf } from '../../src/similarity/report.js';
import { entry, file, randomTree, trieOf } from './trees.js';

const moves = (one: readonly PartialEntry[], other: readonly PartialEntry[]) => movesOf(trieOf({ one, other }));
const conda = (root: string) => [file(`${root}/bin/python`, 'python!'), file(`${root}/lib/libz.so`, 'zlib')];

describe('scores by path, by content, and by how far content was moved', () => {
  it('are 0, 1 and the share of the way that is common, of software at two places', () => {
    const scores = moves(conda('/usr/opt/conda'), conda('/usr/local/conda'));
    expect(scores).toMatchObject({ score_path: 0, score_content: 1, moved: { files: 2, bytes: 11 }, unknown: 0 });
    // Of both files d is 8 (four up, four down) of 5 + 5 steps from the root.
    expect(scores.score_moved_weighted).toBeCloseTo(1 - 8 / 10, 14);
    expect(scores.largest).toEqual([
      { from: '/usr/opt/conda/bin/python', to: '/usr/local/conda/bin/python', size: 7, distance: 8 },
      { from: '/usr/opt/conda/lib/libz.so', to: '/usr/local/conda/lib/libz.so', size: 4, distance: 8 },
    ]);
  });

  it('are 1, 0 and 0 where paths are the same and contents are not', () => {
    expect(moves([file('/a', 'one')], [file('/a', 'two')])).toMatchObject({
      ...{ score_path: 1, score_content: 0, score_moved_weighted: 0 },
    });
  });

  it('weigh bytes: of two sizes at one path the smaller is in common', () => {
    const scores = moves([file('/a', 'aaaaaa'), file('/b', 'b')], [file('/a', 'aa')]);
    expect(scores).toMatchObject({ score_path: (2 * 2) / 9, score_content: 0 });
  });

  it('are 0 where only the root is common, and of nothing', () => {
    expect(moves([file('/a/f', 'x')], [file('/b/f', 'x')])).toMatchObject({
      score_content: 1,
      score_moved_weighted: 0,
    });
    expect(moves([], [])).toMatchObject({ score_path: 0, score_content: 0, score_moved_weighted: 0 });
  });

  it('pair each file once, with the nearest of its content', () => {
    const licence = (path: string) => file(path, 'licence');
    const one = [licence('/usr/share/a/LICENCE'), licence('/opt/b/LICENCE')];
    const other = [licence('/opt/c/LICENCE'), licence('/usr/share/a/COPYING'), licence('/srv/LICENCE')];
    const scores = moves(one, other);
    expect(scores.largest.map(({ from, to, distance }) => `${from} ${to} ${distance}`)).toEqual([
      '/opt/b/LICENCE /opt/c/LICENCE 4',
      '/usr/share/a/LICENCE /usr/share/a/COPYING 2',
    ]);
    expect(scores.score_content).toBe((2 * 2 * 7) / (5 * 7));
  });

  it('do not take a file for moved that is still there', () => {
    const one = [file('/a/f', 'same')];
    const other = [file('/a/f', 'same', { mtime: 5 }), file('/b/f', 'same')];
    expect(moves(one, other)).toMatchObject({ moved: { files: 0, bytes: 0 }, score_moved_weighted: (2 * 4) / 12 });
  });

  it('say nothing of links, empty files, and what is not known', () => {
    const unhashed = entry('/u', { type: 'file', size: 3 });
    expect(moves([unhashed, file('/e', '')], [unhashed, file('/x', '')])).toMatchObject({
      ...{ score_path: 1, score_content: 0, moved: { files: 0, bytes: 0 }, unknown: 2 },
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are the same both ways, from 0 to 1, distance never gaining (%i)', (seed) => {
    const [one, other] = [randomTree(seed, 60), randomTree(seed + 100, 50)];
    const [there, back] = [moves(one, other), moves(other, one)];
    for (const name of ['score_path', 'score_content', 'score_moved_weighted'] as const) {
      expect(there[name]).toBe(back[name]);
      expect(there[name]).toBeGreaterThanOrEqual(0);
      expect(there[name]).toBeLessThanOrEqual(1);
    }
    expect(there.score_moved_weighted).toBeLessThanOrEqual(there.score_content);
    expect(there.moved).toEqual(back.moved);
    expect(moves(one, [...one].reverse())).toMatchObject({
      ...{ score_path: 1, score_content: 1, score_moved_weighted: 1, moved: { files: 0 } },
    });
    expect(moves([...one].reverse(), [...other].reverse())).toEqual(there);
  });

  it('are reported of two environments where contents are compared', async () => {
    const trie = trieOf({ one: conda('/a'), other: conda('/b') });
    const at = (level: 'content' | 'path') =>
      reportOf(compareEnvironments({ trie, facts: new Map() }, { level, entries: 'all', weighting: 'count' }));
    expect((await at('content')).moves).toMatchObject({ score_content: 1, score_path: 0 });
    expect((await at('path')).moves).toBeUndefined();
  });
});
