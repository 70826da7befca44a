import { describe, expect, it } from 'vitest';
import { readBaseTable } from '../../backends/native-base.js';
import { loadDistributions } from '../../src/distributions/load.js';
import { packageOfPurl } from '../../src/filesystem/lists/purl.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import { packageRelation, releaseOf } from '../../src/lineage/evidence/system.js';
import { loadManagers } from '../../src/lineage/packages/managers.js';
import { subjectOf } from '../../src/lineage/subjects.js';
import { toolchainOf } from '../../src/lineage/toolchain.js';
import { openTemplates } from '../../src/templates/templates.js';

const bases = (await loadDistributions()).flatMap(({ name, base }) => (base ? [{ name, ...base }] : []));

/** How package URLs call the packages of whole systems: https://github.com/package-url/purl-spec. */
const typesOfSystems = ['alpm', 'apk', 'apkg', 'deb', 'ebuild', 'eopkg', 'opkg', 'rpm'];

/** What other parts keep in tables by the names of bases: a new one is to be put there too. */
describe.each(bases)('the base $name', ({ name, systems, libc, compilers }) => {
  const installed = (...names: readonly string[]) => ({
    packages: names.map((each) => ({ distribution: name, name: each, version: '1:12.2.0-3' })),
  });

  it('is what the packages of a list are of', () => {
    const types = typesOfSystems.filter((type) => packageOfPurl(`pkg:${type}/any/jq@1.6`)?.distribution === name);
    expect(types).not.toEqual([]);
  });

  it('is upgraded and not taken back, as lineage sees it', async () => {
    const [parent, child] = [subjectOf('parent', installed('a', 'gone')), subjectOf('child', installed('a', 'b'))];
    expect(packageRelation(parent, child, await loadManagers([parent.facts]))).toMatchObject({
      missing: 1,
      missingOthers: 0,
    });
    expect(releaseOf(subjectOf('it', { system: { ID: systems[0] ?? '', VERSION_ID: '1' } }))).toBe(`${systems[0]} 1`);
  });

  it('brings tools, at the versions that their makers gave them', async () => {
    const one = subjectOf('it', installed('gcc'));
    const rows = toolchainOf([one], new FilesystemTrie(), await loadManagers([one.facts]));
    expect(rows).toEqual([expect.objectContaining({ versions: { it: ['12.2.0'] } })]);
  });

  it('has a C library and what translates code', () => {
    const release = `${systems[0]} 1`;
    expect(['glibc', 'musl']).toContain(libc(release));
    for (const packages of Object.values(compilers(release))) expect(packages).not.toEqual([]);
  });

  it('can be installed by its own tools, and be had ready-made', async () => {
    expect(await openTemplates().read(`provision/${name}.sh`)).not.toBe('');
    const rows = Object.keys((await readBaseTable(openTemplates()))['docker'] ?? {});
    expect(rows.filter((row) => systems.some((system) => row.startsWith(`${system} `)))).not.toEqual([]);
  });
});

it.each([
  ['debian', '12', 'glibc', 'gfortran'],
  ['rpm', 'fedora 40', 'glibc', 'gcc-gfortran'],
  ['rpm', 'opensuse-leap 15.6', 'glibc', 'gcc-fortran'],
  ['apk', 'alpine 3.20', 'musl', 'gfortran'],
  ['apk', 'wolfi 20230201', 'glibc', 'gfortran'],
])('the base %s of %s has %s, and %s', (base, release, library, fortran) => {
  const found = bases.find(({ name }) => name === base);
  expect([found?.libc(release), found?.compilers(release).fortran]).toEqual([library, [fortran]]);
});

describe('a base that no table names', () => {
  const managers = new Map([
    ['pacman', { isSystem: true, compareVersions: (a: string, b: string) => Number(a) - Number(b) }],
  ]);
  const installed = (...packages: readonly (readonly [string, string])[]) => ({
    packages: packages.map(([name, version]) => ({ distribution: 'pacman', name, version })),
  });

  it('is not above what lacks a package of it, or has an older one', () => {
    const parent = subjectOf('parent', installed(['gone', '1'], ['older', '2']));
    const child = subjectOf('child', installed(['older', '1']));
    expect(packageRelation(parent, child, managers)).toMatchObject({ missing: 1, missingOthers: 0, older: 1 });
  });

  it('brings tools', () => {
    const rows = toolchainOf([subjectOf('it', installed(['gcc', '12.2.0-3']))], new FilesystemTrie(), managers);
    expect(rows).toEqual([expect.objectContaining({ versions: { it: ['12.2.0'] } })]);
  });
});
