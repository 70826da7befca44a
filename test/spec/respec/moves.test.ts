import { expect, it } from 'vitest';
import { movesBetween } from '../../../src/spec/respec/moves.js';

const half = (packages: object[]) => ({
  name: 'debian',
  packages: packages.map((each) => ({ version: '1', ...each })) as { name: string; version: string }[],
});
const nothing = new Map<string, never>();

it('says of every package that moved why it did', () => {
  const before = half([
    { name: 'jq', needs: ['libjq1', 'libold1'] },
    { name: 'libjq1' },
    { name: 'libold1' },
    { name: 'editor', needs: ['fonts'] },
    { name: 'fonts' },
    { name: 'same' },
    { name: 'lost' },
    { name: 'libssl1' },
  ]);
  const after = half([
    { name: 'jq', version: '2', needs: ['libjq1', 'libnew1'] },
    { name: 'libjq1', version: '2' },
    { name: 'libnew1' },
    { name: 'same' },
    { name: 'libssl3' },
  ]);
  const gone = [
    { name: 'lost', successors: ['one', 'two'] },
    { name: 'libssl1', instead: 'libssl3', successors: [] },
  ];
  const asked = new Map([['debian', new Set(['jq', 'editor'])]]);
  const moves = movesBetween([before], [after], { asked, gone: new Map([['debian', gone]]) });
  expect(moves.map(({ package: name, from = '-', to = '-', why }) => `${name} ${from} ${to} ${why}`)).toEqual([
    'editor 1 - asked',
    'fonts 1 - gone with editor',
    'jq 1 2 asked',
    'libjq1 1 2 pulled in by jq',
    'libnew1 - 1 pulled in by jq',
    'libold1 1 - gone with jq',
    'libssl1 1 - not there any more: libssl3 has its place',
    'libssl3 - 1 in the stead of libssl1',
    'lost 1 - not there any more: provided or replaced by one, two',
  ]);
});

it('tells the same package at two places apart', () => {
  const at = (one: string, other: string) =>
    half([
      { name: 'numpy', version: one, at: '/a' },
      { name: 'numpy', version: other, at: '/b' },
    ]);
  expect(movesBetween([at('1', '1')], [at('1', '2')], { asked: nothing, gone: nothing })).toEqual([
    { package: 'numpy', distribution: 'debian', at: '/b', from: '1', to: '2', why: 'pulled in' },
  ]);
});
