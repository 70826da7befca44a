import { expect, it } from 'vitest';
import { contradictionIn, releaseNamed, releaseOf, vendorOf } from '../../../src/distributions/debian/releases.js';

it.each([
  ['12', 'bookworm', undefined],
  ['12.10', 'bookworm', undefined],
  ['12', 'trixie', 'expected bookworm, which is the codename of Debian 12, found trixie'],
  ['ubuntu 24.04', 'noble', undefined],
  ['24.04', 'jammy', 'expected noble, which is the codename of Ubuntu 24.04, found jammy'],
  ['14.04', 'trusty', undefined],
  ['ubuntu 22.04', 'bookworm', 'expected jammy, which is the codename of Ubuntu 22.04, found bookworm'],
  ['linuxmint 21.3', 'virginia', undefined],
  ['12', 'virginia', undefined],
])('of the release %s with the codename %s it says %s', (release, codename, said) => {
  expect(contradictionIn({ release, codename })).toBe(said);
});

it('names releases of others than Debian with their name, and finds them by number or codename', () => {
  expect(releaseOf({ ID: 'debian', VERSION_ID: '12' })).toBe('12');
  expect(releaseOf({ ID: 'ubuntu', VERSION_ID: '24.04' })).toBe('ubuntu 24.04');
  expect(releaseOf({ ID: 'ubuntu' })).toBeUndefined();
  expect(releaseNamed('bookworm')).toEqual({ release: '12', codename: 'bookworm' });
  expect(releaseNamed('24.04')).toEqual({ release: 'ubuntu 24.04', codename: 'noble' });
  expect(releaseNamed('warty-warthog')).toBeUndefined();
});

it('knows whose a suite is', () => {
  expect(['bookworm-security', 'sid', 'noble-updates', 'virginia'].map(vendorOf)).toEqual([
    ...['debian', 'debian', 'ubuntu', undefined],
  ]);
});
