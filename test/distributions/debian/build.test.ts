import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { dependenciesOf } from '../../../src/distributions/debian/build.js';
import { parseBuildInfo } from '../../../src/distributions/debian/buildinfo.js';
import { controlOfDeb } from '../../../src/distributions/debian/deb-control.js';
import { needs } from '../../support/needs.js';

describe('what a source needs to be built', () => {
  it.each([
    [
      'debhelper-compat (= 13), python3:any, libx-dev (>= 1.2~)',
      'debhelper-compat (= 13), python3, libx-dev (>= 1.2~)',
    ],
    ['aa [amd64 arm64], bb [!amd64], cc [linux-any], dd [arm64]', 'aa, cc'],
    ['tests <!nocheck>, docs <!nodoc>, cross <cross>, either <!nocheck> <!nodoc>', 'docs, either'],
    ['aa | bb (>= 2), cc [arm64] | dd', 'aa | bb (>= 2), dd'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(dependenciesOf({ 'Build-Depends': text }, 'amd64')).toBe(expected);
  });

  it('is what it says for all architectures and for one', () => {
    const stanza = { 'Build-Depends': 'aa', 'Build-Depends-Arch': 'bb', 'Build-Depends-Indep': 'cc,\n dd' };
    expect(dependenciesOf(stanza, 'amd64')).toBe('aa, bb, cc, dd');
  });
});

describe('a .buildinfo', () => {
  const fields = 'Format: 1.0\nSource: tool\nBuild-Date: Mon, 01 Jan 2024 10:00:00 +0000\n';
  const installed = 'Installed-Build-Depends:\n autoconf (= 2.71-3),\n libc6 (= 2.36-9+deb12u1),\n cross:i386 (= 1)\n';

  it.each([
    ['as it is', `${fields}${installed}`],
    [
      'signed',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${fields}${installed}\n-----BEGIN PGP SIGNATURE-----\n`,
    ],
  ])('says what was installed and when, %s', (_how, text) => {
    const depends = 'autoconf (= 2.71-3), libc6 (= 2.36-9+deb12u1)';
    expect(parseBuildInfo(text)).toEqual({ depends, at: Date.UTC(2024, 0, 1, 10) / 1000 });
  });

  it.each(['', fields, installed, '<html>not found</html>'])('that lacks either is none: %j', (text) => {
    expect(parseBuildInfo(text)).toBeUndefined();
  });
});

describe('the control fields of a .deb', () => {
  beforeEach(needs({ programs: ['dpkg-deb'] }));

  it.each(['none', 'gzip', 'xz', 'zstd'])('are read where they are packed with %s', async (compression) => {
    const folder = mkdtempSync(join(tmpdir(), 'deb-'));
    try {
      mkdirSync(join(folder, 'tree/DEBIAN'), { recursive: true });
      const fields = 'Package: tool\nVersion: 1:2.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\n';
      writeFileSync(
        join(folder, 'tree/DEBIAN/control'),
        `${fields}Depends: other (>= 1)\nDescription: a tool\n long\n`,
      );
      const file = join(folder, 'tool.deb');
      const options = ['--uniform-compression', `-Z${compression}`];
      execFileSync('dpkg-deb', [...options, '--build', join(folder, 'tree'), file], { stdio: 'ignore' });
      expect(await controlOfDeb(file)).toMatchObject({ Package: 'tool', Version: '1:2.0', Depends: 'other (>= 1)' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
