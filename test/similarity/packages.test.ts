import { describe, expect, it } from 'vitest';
import { compareEnvironments, similarityOf } from '../../src/similarity/compare.js';
import { dropPackages } from '../../src/similarity/filters.js';
import { matrixCsv } from '../../src/similarity/format.js';
import type { FeatureOptions } from '../../src/similarity/levels.js';
import { reportOf } from '../../src/similarity/report.js';
import { packageTreeOf, vectorsOf } from '../../src/similarity/vectors.js';
import { comparePackages, versionNearness } from '../../src/similarity/versions.js';
import { factsOf, packages, randomTree, trieOf } from './trees.js';

const one = packages('debian libc6 2.36 100', 'debian bash 5.2 10', 'python numpy 1.26.4 50');
const other = packages('debian libc6 2.36 100', 'debian bash 5.3 12', 'conda numpy 1.26.4 50');

function compare(options: Partial<FeatureOptions>, files: readonly [number, number] = [1, 2]) {
  const trie = trieOf({ one: randomTree(files[0]), other: randomTree(files[1]) });
  const facts = factsOf({ one: { packages: one }, other: { packages: other } });
  const wanted: FeatureOptions = { level: 'package', entries: 'all', weighting: 'count', ...options };
  return compareEnvironments({ trie, facts }, wanted);
}

describe('packages in the place of entries', () => {
  it.each([
    [{ level: 'package' }, { total: 4, same: 2, diff: 2, score: 0.5, one: 3, other: 3, both: 2 }],
    [{ level: 'package+version' }, { total: 5, same: 1, diff: 4, score: 0.2, one: 3, other: 3, both: 1 }],
    // Of bash, 10 bytes are in common.
    [
      { level: 'package', weighting: 'bytes' },
      { total: 212, same: 110, one: 160, other: 162, both: 110 },
    ],
  ] as const)('are the same by their name or their version: %j', (options, expected) => {
    expect(similarityOf(compare(options))).toMatchObject(expected);
  });

  it.each(['package', 'package+version'] as const)('are counted whatever the files are: %s', (level) => {
    const seeds = [
      [1, 2],
      [3, 3],
      [5, 9],
    ] as const;
    const results = seeds.map((files) => similarityOf(compare({ level }, files)));
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('count once where they are there for several architectures or at several places', () => {
    const twice = [
      { distribution: 'debian', name: 'libc6', version: '2.36', architecture: 'amd64' },
      { distribution: 'debian', name: 'libc6', version: '2.36', architecture: 'i386' },
    ];
    const facts = factsOf({ one: { packages: twice }, other: { packages: twice.slice(0, 1) } });
    const options = { level: 'package+version', entries: 'all', weighting: 'count' } as const;
    const compared = compareEnvironments({ trie: trieOf({ one: [], other: [] }), facts }, options);
    expect(similarityOf(compared)).toMatchObject({ one: 1, other: 1, both: 1, score: 1 });
  });

  it('that nobody knows are told', () => {
    const facts = factsOf({ one: { packages: packages('debian bash 5.2') }, other: {} });
    const options = { level: 'package', entries: 'all', weighting: 'bytes' } as const;
    const { notes } = compareEnvironments({ trie: trieOf({ one: [], other: [] }), facts }, options);
    expect(notes).toEqual([
      expect.stringMatching(/^Of other no packages are known/),
      'Of 1 packages the size is not known: they weigh nothing.',
    ]);
  });
});

describe('versions', () => {
  it('are told apart from packages', async () => {
    const before = packages(
      'debian a 1:1.0-1',
      'debian b 2.0',
      'debian c 1',
      'debian d 1',
      'nobody e 1',
      'debian gone 1',
    );
    const after = packages(
      'debian a 1:1.0-2',
      'debian b 1.9',
      'debian c 1',
      'debian d 1~rc1',
      'nobody e 2',
      'debian new 1',
    );
    const compared = await comparePackages(before, after);
    expect(compared).toMatchObject({
      ...{ both: 5, sameVersion: 1, upgraded: 1, downgraded: 2, other: 1, onlyOne: 1, onlyOther: 1 },
      score: 5 / 7,
    });
    expect(compared.changed.map(({ name, change }) => `${name} ${change}`)).toEqual([
      'a upgraded',
      'b downgraded',
      'd downgraded',
      'e other',
    ]);
    expect(compared.scoreByVersion).toBeLessThan(compared.score);
    expect(compared.scoreByVersion).toBeGreaterThan(1 / 7);
  });

  it('leave packages that are all the same but upgraded near 1, and other packages at 0', async () => {
    const before = packages(...Array.from({ length: 12 }, (_, at) => `debian p${at} 1.2.3-${at}`));
    const upgraded = before.map((each, at) => ({ ...each, version: `1.2.4-${at}` }));
    expect(await comparePackages(before, upgraded)).toMatchObject({ upgraded: 12, score: 1, scoreByVersion: 4 / 6 });
    const others = before.map((each) => ({ ...each, name: `other-${each.name}` }));
    expect(await comparePackages(before, others)).toMatchObject({ both: 0, score: 0, scoreByVersion: 0 });
  });

  it('of which several are there are compared each with the nearest', async () => {
    const several = packages('npm ms 2.0.0', 'npm ms 2.1.3');
    const single = packages('npm ms 2.1.3');
    const compared = await comparePackages(several, single);
    expect(compared).toMatchObject({ both: 1, other: 1, changed: [{ from: ['2.0.0', '2.1.3'], to: ['2.1.3'] }] });
    expect(compared.scoreByVersion).toBe((versionNearness('2.0.0', '2.1.3') + 2) / 3);
    expect((await comparePackages(single, several)).scoreByVersion).toBe(compared.scoreByVersion);
  });

  it.each([
    ['1.2.3', '1.2.3', 1],
    ['1.2.3', '1.2.4', 4 / 5],
    ['1.2.3', '2.0', 2 / 5],
    ['1:1.0', '1.0', 1 / 4],
    ['1.0', '1.0.1', 4 / 5],
    ['1.2-3', '1.2.3', 4 / 5],
  ])('%s and %s are near by %d', (a, b, near) => {
    expect(versionNearness(a, b)).toBe(near);
    expect(versionNearness(b, a)).toBe(near);
  });

  it('are reported where packages are compared', async () => {
    const report = await reportOf(compare({ level: 'package' }));
    expect(report.packages).toMatchObject({ both: 2, sameVersion: 1, upgraded: 1, onlyOne: 1, onlyOther: 1 });
    expect((await reportOf(compare({ level: 'path' }))).packages).toBeUndefined();
  });
});

describe('the vectors of packages', () => {
  const names = ['one', 'other', 'silent'];
  const environments = [one, other, undefined];

  it('have a row for each source and a column for each package', () => {
    expect(matrixCsv(vectorsOf(names, environments, 'package'))).toBe(
      [',conda numpy,debian bash,debian libc6,python numpy', 'one,0,1,1,1', 'other,1,1,1,0', 'silent,0,0,0,0'].join(
        '\n',
      ),
    );
    expect(vectorsOf(names, environments, 'package+version').X).toEqual([
      ...['conda numpy 1.26.4', 'debian bash 5.2', 'debian bash 5.3', 'debian libc6 2.36', 'python numpy 1.26.4'],
    ]);
  });

  it('lose columns to filters that say which', () => {
    const all = vectorsOf(names, environments, 'package');
    const { vectors, removed } = dropPackages(all, { least: 2, matching: /^(?!conda)/ });
    expect(vectors).toEqual({
      X: ['debian bash', 'debian libc6'],
      Y: names,
      data: [
        [1, 1],
        [1, 1],
        [0, 0],
      ],
    });
    expect(removed).toEqual([
      { what: 'package', name: 'conda numpy', why: '^(?!conda) is not found in the name' },
      { what: 'package', name: 'python numpy', why: 'in fewer than 2 sources' },
    ]);
  });

  it('are a tree by distribution, name and version', () => {
    const keep = new Set(vectorsOf(names, environments, 'package+version').X.filter((key) => key.startsWith('debian')));
    expect(packageTreeOf(names, environments, keep)).toEqual({
      ...{ name: '/', tags: ['one', 'other'] },
      children: [
        {
          ...{ name: 'debian', tags: ['one', 'other'] },
          children: [
            {
              ...{ name: 'bash', tags: ['one', 'other'] },
              children: [
                { name: '5.2', tags: ['one'], children: [] },
                { name: '5.3', tags: ['other'], children: [] },
              ],
            },
            {
              name: 'libc6',
              tags: ['one', 'other'],
              children: [{ name: '2.36', tags: ['one', 'other'], children: [] }],
            },
          ],
        },
      ],
    });
  });
});
