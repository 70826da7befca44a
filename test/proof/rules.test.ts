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
    ['/root/.cache/go-build/04/04a1-a', 'go-cache'],
    ['/home/ada/.config/go/telemetry/local/go@go1.26-linux-amd64-2026-11-22.v1.count', 'go-cache'],
    ['/root/.cargo/.global-cache', 'cargo-cache'],
    ['/work/target/.rustc_info.json', 'cargo-cache'],
    ['/work/target/debug/incremental/hi-1lxj/s-hoen-01.lock', 'cargo-cache'],
    ['/root/.npm/_logs/2026-11-22T10_00_00_000Z-debug-0.log', 'npm-cache'],
    ['/root/.cache/pip/http-v2/a/b/c', 'pip-cache'],
    ['/root/.m2/repository/junit/junit/4.13/_remote.repositories', 'maven-cache'],
    ['/var/cache/fontconfig/0a-le64.cache-8', 'font-cache'],
    ['/home/ada/.cache/fontconfig/0a-le64.cache-8', 'font-cache'],
    ['/home/ada/.cache/matplotlib/fontlist-v330.json', 'font-cache'],
    ['/work/.mypy_cache/3.11/a.data.json', 'compiler-cache'],
    ['/home/ada/.cache/ccache/0/stats', 'compiler-cache'],
    ['/work/.git/index', 'git-index'],
    ['/work/.git/logs/HEAD', 'git-index'],
    ['/home/ada/.bash_history', 'shell-history'],
  ])('let what a tool keeps for itself vary: %s', async (path, rule) => {
    expect(await ruleOf(path)).toBe(rule);
  });

  it.each([
    '/root/.cargo/registry/src/index/serde-1.0/src/lib.rs',
    '/root/.cargo/bin/cargo',
    '/work/target/debug/hi',
    '/root/.m2/repository/junit/junit/4.13/junit-4.13.jar',
    '/etc/fonts/fonts.conf',
    '/home/ada/.config/fontconfig/fonts.conf',
    '/work/.git/HEAD',
    '/work/.git/config',
    '/work/results.history',
  ])('let nothing else of it vary: %s', async (path) => {
    expect(await ruleOf(path)).toBeUndefined();
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
