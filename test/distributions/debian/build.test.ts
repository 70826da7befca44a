import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isEntryOf, rebuildCommand, rebuildOf } from '../../../src/distributions/debian/binary-rebuild.js';
import { bySource, dependenciesOf } from '../../../src/distributions/debian/build.js';
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

describe('a package that its archive built again', () => {
  beforeEach(needs({ programs: ['dpkg-parsechangelog', 'dpkg-source', 'dpkg-buildpackage'] }));
  const again = {
    source: 'tool',
    version: '1:1.2-3+b1',
    codename: 'bookworm',
    architecture: 'amd64',
    at: 1_700_000_000,
  };
  const written =
    'tool (1:1.2-3+b1) sid; urgency=low, binary-only=yes\n\n  * Rebuild for libx2.\n\n' +
    ' -- amd64 Build Daemon <buildd@example.org>  Thu, 04 Jan 2024 10:00:00 +0000';

  it.each([
    ['1.2-3+b1', '1.2-3', '+b1'],
    // The version of a package need not be like that of its source.
    ['4:12.2.0-3+b10', '1.203', '+b10'],
    ['1.2-3', '1.2-3', undefined],
    ['1.2+b1', '1.2+b1', undefined],
    ['1.2-3+deb12u1', '1.2-3+deb12u1', undefined],
  ])('as %s of the source %s ends in %s', (version, source, expected) => {
    expect(rebuildOf(version, source)).toBe(expected);
  });

  it('is built apart from what the same source gave before, of the version that the source has', () => {
    const planned = (name: string, version: string) => ({
      ...{ distribution: 'debian', name, version, architecture: 'amd64', used: true },
      artifact: { name, urls: [], source: { name: 'tool', version: '1:1.2-3' } },
    });
    const [tool, more, docs] = [
      planned('tool', '1:1.2-3+b1'),
      planned('more', '1:1.2-3+b1'),
      planned('docs', '1:1.2-3'),
    ];
    expect(bySource([tool, docs, more])).toEqual([
      { name: 'tool', version: '1:1.2-3', rebuild: '+b1', packages: [tool, more] },
      { name: 'tool', version: '1:1.2-3', packages: [docs] },
    ]);
  });

  it('is known by the entry that its builder wrote, where a .buildinfo has it', () => {
    const field = written.replaceAll('\n', '\n ').replaceAll('\n \n', '\n .\n');
    const text =
      'Source: tool (1:1.2-3)\nVersion: 1:1.2-3+b1\nBuild-Date: Thu, 04 Jan 2024 10:05:00 +0000\n' +
      `Binary-Only-Changes:\n ${field}\nInstalled-Build-Depends:\n autoconf (= 2.71-3)\n`;
    expect(parseBuildInfo(text)).toMatchObject({ changes: written });
    expect(isEntryOf({ ...again, changes: written })).toBe(true);
    for (const changes of [undefined, '', written.replace('+b1', '+b2'), written.replace(', binary-only=yes', '')])
      expect(isEntryOf({ ...again, changes })).toBe(false);
  });

  it.each([
    ['the entry of its builder', written, 'amd64 Build Daemon <buildd@example.org>'],
    ['one of our own', undefined, 'reproman <root@localhost>'],
    ['one of our own, where that of another is no good', 'other (1) x; binary-only=no', 'reproman <root@localhost>'],
  ])('has the version and the source that dpkg takes from %s', (_whose, changes, maintainer) => {
    const folder = mkdtempSync(join(tmpdir(), 'again-'));
    try {
      const tree = join(folder, 'tool-1.2');
      mkdirSync(join(tree, 'debian/source'), { recursive: true });
      const first = 'tool (1:1.2-3) unstable; urgency=low\n\n  * First.\n\n';
      const files = {
        changelog: `${first} -- Ada <ada@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n`,
        control:
          'Source: tool\nMaintainer: Ada <ada@example.org>\n\nPackage: tool\nArchitecture: any\nDescription: a tool\n',
        rules: '#!/usr/bin/make -f\n%:\n\tmkdir -p debian/out/DEBIAN\n\tdpkg-gencontrol -Pdebian/out\n',
        'source/format': '1.0\n',
      };
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(tree, 'debian', name), text, { mode: 0o755 });
      const { argv, variables } = rebuildCommand({ ...again, changes }, 'tool-1.2');
      const [program = '', ...options] = argv;
      execFileSync(program, options, { cwd: tree, env: { ...process.env, ...variables } });
      const said = execFileSync('dpkg-parsechangelog', { cwd: tree, encoding: 'utf8' });
      expect(said).toMatch(/^Version: 1:1\.2-3\+b1$/m);
      expect(said).toMatch(/^Binary-Only: yes$/m);
      expect(said).toContain(`Maintainer: ${maintainer}\n`);
      writeFileSync(join(tree, 'debian/files'), '');
      execFileSync('make', ['-f', 'debian/rules', 'binary'], { cwd: tree, stdio: 'ignore' });
      const control = readFileSync(join(tree, 'debian/out/DEBIAN/control'), 'utf8');
      expect(control).toMatch(/^Source: tool \(1:1\.2-3\)$/m);
      expect(control).toMatch(/^Version: 1:1\.2-3\+b1$/m);
      expect(readdirSync(folder)).toEqual(['tool-1.2']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
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
