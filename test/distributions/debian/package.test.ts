import { expect, it } from 'vitest';
import { DpkgPackage } from '../../../src/distributions/debian/package.js';

it('reads relations that go on over several lines, and no further', () => {
  const stanza = [
    'Package: one',
    'Status: install ok installed',
    'Pre-Depends: two,',
    ' three (>= 3)',
    'Depends: four,',
    '\tfive | six',
    'Provides: seven',
    'Suggests: eight',
  ].join('\n');
  const one = new DpkgPackage(stanza, {
    name: 'one',
    version: '1',
    architecture: 'all',
    multiArch: 'no',
    state: 'installed',
    hold: false,
  });
  const names = one.dependencies().groups.map((group) => group.map(({ name }) => name));
  expect(names).toEqual([['two'], ['three'], ['four'], ['five', 'six']]);
  expect(one.dependencies().unreadable).toEqual([]);
  expect(one.provides().map(({ name }) => name)).toEqual(['seven']);
});
