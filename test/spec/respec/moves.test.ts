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

const why = (before: object[], after: object[]) =>
  movesBetween([half(before)], [half(after)], { asked: nothing, gone: nothing }).map((each) => each.why);

it('says who needs a package that is there for two architectures', () => {
  const at = (version: string) => [
    { name: 'libc6', architecture: 'amd64', version },
    { name: 'libc6', architecture: 'i386', version },
    { name: 'jq', architecture: 'amd64', needs: ['libc6:amd64'] },
    { name: 'wine', architecture: 'i386', needs: ['libc6:i386'] },
  ];
  const of = (version: string) => ({ ...half(at(version)), architecture: 'amd64' });
  const moves = movesBetween([of('1')], [of('2')], { asked: nothing, gone: nothing });
  expect(moves.map(({ package: name, why: reason }) => `${name} ${reason}`)).toEqual([
    'libc6 pulled in by jq',
    'libc6:i386 pulled in by wine:i386',
  ]);
});

it('says of a package at a place that it went with the one that went, not with one that stays', () => {
  const [stays, goes] = [
    { name: 'pandas', at: '/venv', needs: ['numpy'] },
    { name: 'scipy', at: '/venv', needs: ['numpy'] },
  ];
  const numpy = { name: 'numpy', at: '/venv' };
  expect(why([stays, goes, numpy], [{ ...stays, needs: [] }])).toEqual(['gone with scipy', 'not needed any more']);
});

it('says who needs a package that is named by its place', () => {
  const app = { name: 'app', at: '/srv/app', needs: ['/srv/node_modules/left-pad'] };
  const leftPad = (version: string) => ({ name: 'left-pad', at: '/srv/node_modules/left-pad', version });
  expect(why([app, leftPad('1')], [app, leftPad('2')])).toEqual(['pulled in by app']);
});
