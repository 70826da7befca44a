import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import { explain } from '../../src/proof/causes.js';
import { expectationsOf, isLost } from '../../src/proof/expectations.js';
import { manifestSchema } from '../../src/spec/document/schema.js';

const known = { hash: 'a'.repeat(64), size: 1 };

it.each<[Access['uses'], Access['before'], boolean]>([
  [['read', 'removed'], 'unknown', true],
  [['read', 'removed'], known, false],
  [['read', 'removed'], 'absent', false],
  [['read', 'written'], 'unknown', false],
  [['removed'], 'unknown', false],
])('of %j with %j before, says that it is lost: %s', (uses, before, lost) => {
  expect(isLost({ uses, ...(before === undefined ? {} : { before }) })).toBe(lost);
});

describe('what a step makes', () => {
  const base = { distribution: 'debian', release: '12', architecture: 'amd64' };
  const made = { path: '/opt/lab', tree: { files: 1, size: 1 }, carried: true };
  const { isSupplied, madeByStep, listed } = expectationsOf(
    manifestSchema.parse({
      version: 1,
      base,
      steps: [
        { id: 'install', command: ['./install.sh'], makes: [made] },
        { id: 'data', download: 'https://example.org/d', path: '/srv/d', sha256: known.hash },
      ],
      runs: [{ id: 'run', command: ['x'], cwd: '/', inputs: [{ path: '/opt/lab/table' }, { path: '/srv/own' }] }],
    }),
    [],
  );
  const path = pathFromText;

  it('is expected before any run, and supplied by none', () => {
    expect(['/opt/lab/table', '/srv/own'].map((each) => isSupplied(path(each)))).toEqual([false, true]);
    expect(listed(path('/opt/lab/table'))).toEqual(made);
  });

  it('is told from all else by the id of the step', () => {
    expect(['/opt/lab/table', '/srv/d', '/opt/labs'].map((each) => madeByStep(path(each)))).toEqual([
      'install',
      'data',
      undefined,
    ]);
  });
});

it('blames a step for what it made otherwise here, whose content the spec has not', async () => {
  const context = {
    installed: async () => undefined,
    substituteOf: () => undefined,
    isShippedSetting: async () => false,
    notCarried: () => 'over the limit',
    madeByStep: () => 'install',
  };
  const difference = { aspect: 'content', expected: 'a', found: 'b' } as const;
  expect(await explain(pathFromText('/opt/large'), undefined, [difference], context)).toEqual({
    cause: 'step',
    why: 'the step install made something else of it here, and its content is not in the spec',
  });
});
