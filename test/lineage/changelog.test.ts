import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PackageChange } from '../../src/comparison/packages.js';
import { type ChangelogStep, changelogOf } from '../../src/lineage/changelog/changelog.js';
import { correlate, pearson } from '../../src/lineage/changelog/correlation.js';
import { compareFiles } from '../../src/lineage/changelog/files.js';
import { formatChangelog, formatOutcomes } from '../../src/lineage/changelog/format.js';
import { parseOutcomes } from '../../src/lineage/changelog/outcome.js';
import { sourcesOf } from '../../src/sources/open.js';
import { file, trieOf } from './support.js';

const none = { files: 0, bytes: 0 };
const noFiles = { added: none, removed: none, changed: none, netBytes: 0, largest: [] };
const change = (kind: PackageChange['kind'], name: string): PackageChange => ({ kind, distribution: 'debian', name });
const step = (before: string, after: string, ...packages: PackageChange[]): ChangelogStep => ({
  ...{ before, after, packages },
  files: noFiles,
});

describe('files between versions', () => {
  it('are counted with their bytes; the largest that no package has are named', () => {
    const trie = trieOf({
      one: { files: [file('/a', 'aaa'), file('/b', 'b'), file('/p', 'pp', { package: 'debian p 1' }), '/d/e'] },
      two: { files: [file('/a', 'aa'), file('/c', 'cccc'), file('/p', 'ppp', { package: 'debian p 2' }), '/d/e'] },
    });
    expect(compareFiles(trie, 'one', 'two')).toEqual({
      added: { files: 1, bytes: 4 },
      removed: { files: 1, bytes: 1 },
      changed: { files: 2, bytes: 5 },
      netBytes: 3,
      largest: [
        { kind: 'added', path: '/c', bytes: 4 },
        { kind: 'changed', path: '/a', bytes: 2 },
        { kind: 'removed', path: '/b', bytes: 1 },
      ],
    });
  });
});

describe('outcomes', () => {
  it('are read from CSV with quotes, other line ends and empty cells', () => {
    const outcomes = parseOutcomes('\uFEFFversion,"acc, %",time\r\nv1,0.5,\r\n"v ""2""",1e-3,7\r\n\r\n', 'm.csv');
    expect([...outcomes].map(([metric, values]) => [metric, [...values]])).toEqual([
      [
        'acc, %',
        [
          ['v1', 0.5],
          ['v "2"', 0.001],
        ],
      ],
      ['time', [['v "2"', 7]]],
    ]);
  });

  it.each([
    ['', /no line of titles/],
    ['version\nv1\n', /no line of titles/],
    ['version,a,a\nv1,1,2\n', /two of its titles/],
    ['version,a\nv1\n', /1 cells/],
    ['version,a\nv1,good\n', /"good" is no number/],
    ['version,a\nv1,1\nv1,2\n', /there twice/],
    ['version,a\nv1,1"2\n', /quote/],
    ['version,a\nv1,"1\n', /quote/],
  ])('%j are none', (text, message) => {
    expect(() => parseOutcomes(text, 'm.csv')).toThrow(message);
  });

  it('are held against the changes of each step', () => {
    const steps = [
      step('v1', 'v2', change('upgraded', 'numpy')),
      step('v2', 'v3', change('upgraded', 'numpy'), change('added', 'x'), change('upgraded', 'blas')),
      step('v3', 'v4'),
    ];
    const outcomes = parseOutcomes('version,acc\nv1,0\nv2,1\nv3,4\nv4,4\n', 'm.csv');
    const [report] = correlate(['v1', 'v2', 'v3', 'v4'], steps, outcomes);
    expect(report?.steps.map((each) => each.change)).toEqual([1, 3, 0]);
    expect(report?.suspects).toEqual(['debian blas', 'debian x']);
    const found = Object.fromEntries((report?.correlations ?? []).map(({ feature, r, n }) => [feature, [r, n]]));
    expect(found['packages changed at all']).toEqual([expect.closeTo(1, 9), 3]);
    expect(found['bytes added']).toEqual([undefined, 3]);
  });

  it('of few steps are given no correlation', () => {
    const outcomes = parseOutcomes('version,acc\nv1,0\nv2,1\n', 'm.csv');
    const reports = correlate(['v1', 'v2', 'v3'], [step('v1', 'v2'), step('v2', 'v3')], outcomes);
    expect(reports[0]?.correlations.every(({ r }) => r === undefined)).toBe(true);
    expect(reports[0]?.unmeasured).toEqual(['v3']);
    expect(formatOutcomes(reports)).toContain('too few steps');
  });
});

it.each([
  [[1, 2, 3], [2, 4, 6], 1],
  [[1, 2, 3], [3, 2, 1], -1],
  [[0, 1, 0, 1], [0, 0, 1, 1], 0],
  [[1, 2], [1, 2], undefined],
  [[1, 1, 1], [1, 2, 3], undefined],
])('the correlation of %j and %j is %s', (xs, ys, expected) => {
  const r = pearson(xs, ys);
  if (expected === undefined) expect(r).toBeUndefined();
  else expect(r).toBeCloseTo(expected, 12);
});

it('a changelog orders versions as their package manager does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'changelog-'));
  try {
    const versions = { v1: '1:1.9-1', v2: '1:1.10-1', v3: '1:1.10~rc1-1' };
    for (const [name, version] of Object.entries(versions)) {
      await mkdir(join(folder, name, 'var/lib/dpkg/info'), { recursive: true });
      await mkdir(join(folder, name, 'etc'));
      await writeFile(join(folder, name, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\n');
      const status = `Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
      await writeFile(join(folder, name, 'var/lib/dpkg/status'), `${status}Description: x\n`);
      await writeFile(join(folder, name, 'var/lib/dpkg/info/tool.list'), '/.\n/etc\n');
    }
    const sources = sourcesOf(Object.keys(versions).map((name) => `${name}=dir:${join(folder, name)}`));
    const found = await changelogOf(sources, { hash: true, packages: true });
    expect(found.steps.map(({ packages }) => packages.map(({ kind, name }) => `${kind} ${name}`))).toEqual([
      ['upgraded tool'],
      ['downgraded tool'],
    ]);
    expect(formatChangelog(found)).toContain('debian tool 1:1.9-1 → 1:1.10-1');
  } finally {
    await rm(folder, { recursive: true });
  }
});
