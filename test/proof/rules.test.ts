import { describe, expect, it } from 'vitest';
import { loadVariations } from '../../src/distributions/load.js';
import { pathFromText } from '../../src/model/file-path.js';
import { ruleLookup } from '../../src/proof/rules.js';

const ruleOf = async (path: string, distribution = 'debian') =>
  (await ruleLookup(await loadVariations([distribution])))(pathFromText(path), [])?.rule;

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

  it('are those of the distributions that the environment has, beside the general ones', async () => {
    const paths = ['/var/lib/dpkg/status', '/etc/machine-id', '/opt/a/__pycache__/b.cpython-311.pyc'];
    const rules = await Promise.all(paths.map((path) => ruleOf(path, 'other')));
    expect(rules).toEqual([undefined, 'machine-id', 'python-bytecode']);
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
