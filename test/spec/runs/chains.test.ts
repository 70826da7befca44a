import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../../src/spec/document/schema.js';
import { chainsOf } from '../../../src/spec/runs/chains.js';
import { madeByThen } from '../../../src/spec/runs/made.js';
import { at, loose, traceOf } from '../../proof/trees.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64' };
const hash = 'a'.repeat(64);

function runsOf(...runs: { id: string; after?: string; from?: string }[]) {
  return manifestSchema.parse({
    version: 1,
    base,
    runs: runs.map(({ from, ...run }) => ({
      ...run,
      command: ['tool'],
      cwd: '/work',
      inputs: from === undefined ? [] : [{ path: '/work/in', sha256: hash, from }],
    })),
  });
}

function chains(...runs: Parameters<typeof runsOf>) {
  return chainsOf(runsOf(...runs).runs).map((chain) => chain.map(({ id }) => id));
}

describe('runs that are done again in one place', () => {
  it('are those that went on where others had ended', () => {
    expect(chains({ id: 'a' }, { id: 'b', after: 'a' }, { id: 'c' })).toEqual([['a', 'b'], ['c']]);
  });

  it('are those that use what others made, of whatever chain these are, in the order of the spec', () => {
    const found = chains(
      { id: 'a' },
      { id: 'b' },
      { id: 'x' },
      { id: 'c', from: 'b' },
      { id: 'd', after: 'a', from: 'c' },
    );
    expect(found).toEqual([['x'], ['a', 'b', 'c', 'd']]);
  });

  it('are none where nothing ties them', () => {
    expect(chains({ id: 'a' }, { id: 'b' })).toEqual([['a'], ['b']]);
  });
});

it('counts what an earlier run of the chain makes as made for the later ones too', async () => {
  const traces = {
    a: traceOf([loose('/work/out', ['created'], { before: 'absent' })]),
    b: traceOf([loose('/work/out/b', ['created', 'written'], { before: 'absent' })]),
    c: traceOf([]),
  };
  const manifest = runsOf({ id: 'a' }, { id: 'b', after: 'a' }, { id: 'c' });
  const made = await madeByThen({ manifest, trace: async (id) => traces[id as keyof typeof traces] });
  expect([...made].map(([id, paths]) => [id, [...paths]])).toEqual([
    ['a', [at('/work/out')]],
    ['b', [at('/work/out'), at('/work/out/b')]],
    ['c', []],
  ]);
});
