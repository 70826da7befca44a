import { expect, it } from 'vitest';
import { findNative, nativeBase } from '../../backends/native-base.js';

const base = { distribution: 'debian', release: '12', codename: 'bookworm', architecture: 'amd64' };

it.each([
  [base, 'docker.io/library/debian:12'],
  [{ ...base, release: 'ubuntu 24.04', codename: 'noble' }, 'docker.io/library/ubuntu:24.04'],
  [{ distribution: 'apk', release: 'alpine 3.20.3', architecture: 'x86_64' }, 'docker.io/library/alpine:3.20.3'],
  [{ distribution: 'rpm', release: 'plan9 4', architecture: 'x86_64' }, undefined],
])('has an image of %j', async (asked, image) => {
  expect(await findNative('docker', asked, {})).toBe(image);
  expect(await findNative('no such backend', asked, {})).toBeUndefined();
});

it('takes the first row that fits, and the user goes before the package', async () => {
  const rows = { 'debian 12': 'lab/@codename@-@architecture@', 'debian *': 'lab/debian:@release@' };
  expect(nativeBase('docker', base, [{ docker: rows }])).toBe('lab/bookworm-amd64');
  expect(nativeBase('docker', { ...base, release: '13' }, [{ docker: rows }])).toBe('lab/debian:13');
  expect(await findNative('docker', base, { bases: { docker: rows } })).toBe('lab/bookworm-amd64');
});

it('passes over a row that names what is not known of the base', () => {
  const { codename: _unknown, ...rest } = base;
  expect(nativeBase('docker', rest, [{ docker: { 'debian *': 'lab/@codename@' } }])).toBeUndefined();
});
