import { describe, expect, it } from 'vitest';
import { volatileMatcher, volatileRules } from '../../src/filesystem/volatile.js';
import { pathFromText } from '../../src/model/file-path.js';

const ruleOf = async (path: string) => volatileMatcher(await volatileRules())(pathFromText(path))?.name;

describe('the published volatile rules', () => {
  it.each([
    '/var/lib/dpkg/status',
    '/var/lib/dpkg/diversions-old',
    '/var/lib/dpkg/info/libc6:amd64.list',
    '/var/lib/apt/lists/deb.example_dists_bookworm_InRelease',
    '/var/cache/debconf/config.dat-old',
  ])('excuse the list of packages in %s', async (path) => {
    expect(await ruleOf(path)).toBe('package-database');
  });

  it.each([
    '/var/lib/dpkg/info/libc6:amd64.postinst',
    '/var/lib/dpkg/info/base-files.md5sums',
    '/var/lib/dpkg/info/debconf.config',
    '/var/cache/man/index.db',
    '/usr/share/mime/mime.cache',
  ])('do not cover %s, which comes from a package or is carried', async (path) => {
    expect(await ruleOf(path)).toBeUndefined();
  });
});
