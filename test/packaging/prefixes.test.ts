import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { loadDistribution } from '../../src/distributions/load.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { finishPrefixes } from '../../src/packaging/prefix/finish.js';
import { compareLoosely } from '../../src/packaging/prefix/kind.js';
import type { PrefixLock } from '../../src/packaging/prefix/schema.js';
import type { FinishContext } from '../../src/packaging/reader.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';

let folder: string;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prefixes-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The lock of one distribution for a run that used these paths, with the notes of the capture. */
async function locked(name: string, ...paths: readonly string[]) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output, options: { repack: 'missing' } });
  const { lock } = await readSpecification(output);
  const half = lock?.distributions.find((each) => each.name === name) as PrefixLock | undefined;
  return { packages: half?.packages ?? [], notes };
}

/** What the copy of a package holds. */
async function copied(content: string | undefined): Promise<string[]> {
  const tar = gunzipSync(await readFile(join(folder, 'environment.d/contents', `${content}`)));
  const names: string[] = [];
  for await (const member of tarMembers(Readable.from([tar]))) names.push(member.path);
  return names;
}

const zlibHash = 'abcdefghijklmnopqrstuvwxyz234567';
const pngHash = '765432zyxwvutsrqponmlkjihgfedcba';
const plotHash = 'zyxwvutsrqponmlkjihgfedcba234567';
const store = '/opt/spack/opt/spack/linux-debian12-x86_64/gcc-12.2.0';

async function spackPackage(name: string, version: string, hash: string, needs: readonly string[] = []) {
  const at = `${store}/${name}-${version}-${hash}`;
  const node = { name, version, hash, namespace: 'builtin', compiler: { name: 'gcc', version: '12.2.0' } };
  const dependencies = needs.map((each) => ({ name: 'zlib', hash: each, parameters: { deptypes: ['build', 'link'] } }));
  const arch = { platform: 'linux', platform_os: 'debian12', target: { name: 'zen3', vendor: 'AuthenticAMD' } };
  const nodes = [
    { ...node, arch, dependencies },
    { name: 'cmake', version: '3.27', hash: 'x'.repeat(32) },
  ];
  await root.file(`${at}/.spack/spec.json`, JSON.stringify({ spec: { _meta: { version: 4 }, nodes } }));
  await root.file(`${at}/lib/lib${name}.so`, name);
  return at;
}

describe('packages that are folders', () => {
  it('of Spack: with what they need to run, wherever its database says that is', async () => {
    const zlib = await spackPackage('zlib', '1.3.1', zlibHash);
    const png = await spackPackage('libpng', '1.6.39', pngHash, [zlibHash, 'm'.repeat(32)]);
    const plot = await spackPackage('gnuplot', '5.4.3', plotHash, [pngHash]);
    const places = { [zlibHash]: zlib, [pngHash]: png, [plotHash]: plot };
    const installs = Object.fromEntries(
      Object.entries(places).map(([hash, path]) => [hash, { path, installed: true }]),
    );
    await root.file('/opt/spack/opt/spack/.spack-db/index.json', JSON.stringify({ database: { installs } }));
    const { packages, notes } = await locked('spack', `${plot}/lib/libgnuplot.so`);
    expect(packages).toMatchObject([
      { name: 'gnuplot', version: '5.4.3', at: plot, used: true, certainty: 'repacked' },
      { name: 'libpng', version: '1.6.39', at: png, used: false, certainty: 'repacked' },
      { name: 'zlib', version: '1.3.1', at: zlib, used: false, certainty: 'repacked' },
    ]);
    expect(packages[0]?.details).toEqual({
      hash: plotHash,
      namespace: 'builtin',
      compiler: 'gcc@12.2.0',
      architecture: 'linux-debian12-zen3',
    });
    expect(await copied(packages[0]?.content)).toContain(`${plot}/lib/libgnuplot.so`);
    expect(notes.filter((note) => note.includes('spack'))).toEqual([]);
  });

  it('of EasyBuild: by the easyconfig that is kept with them', async () => {
    const easyconfig = (name: string, more = '') =>
      `easyblock = 'ConfigureMake'\nname = '${name}'\nversion = '1.2'\nversionsuffix = '-serial'\n` +
      `toolchain = {'name': 'GCC', 'version': '12.3.0'}\n${more}`;
    const needs =
      "builddependencies = [\n    ('CMake', '3.26'),\n]\ndependencies = [\n    ('zlib', '1.2'),  # a note\n]\n";
    const [hdf, zlib] = ['/sw/software/HDF5/1.2-GCC-12.3.0-serial', '/sw/software/zlib/1.2-GCC-12.3.0'];
    await root.file(`${hdf}/easybuild/HDF5-1.2-GCC-12.3.0-serial.eb`, easyconfig('HDF5', needs));
    await root.file(`${hdf}/bin/h5dump`, 'dump');
    await root.file(`${zlib}/easybuild/zlib-1.2.eb`, easyconfig('zlib'));
    await root.file('/sw/software/CMake/3.26/easybuild/CMake-3.26.eb', easyconfig('CMake'));
    const { packages } = await locked('easybuild', `${hdf}/bin/h5dump`);
    expect(packages.map(({ name, used, details }) => [name, used, details?.toolchain])).toEqual([
      ['HDF5', true, 'GCC-12.3.0'],
      ['zlib', false, 'GCC-12.3.0'],
    ]);
  });

  it('of Homebrew, through the links that lead to them', async () => {
    const keg = '/home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1';
    const needed = { full_name: 'oniguruma', version: '6.9.9', pkg_version: '6.9.9_1' };
    const receipt = { poured_from_bottle: true, source: { tap: 'homebrew/core' }, runtime_dependencies: [needed] };
    await root.file(`${keg}/INSTALL_RECEIPT.json`, JSON.stringify(receipt));
    await root.file(`${keg}/bin/jq`, 'jq', 0o755);
    await root.file('/home/linuxbrew/.linuxbrew/Cellar/oniguruma/6.9.9_1/INSTALL_RECEIPT.json', '{}');
    await root.link('/home/linuxbrew/.linuxbrew/bin/jq', '../Cellar/jq/1.7.1/bin/jq');
    const { packages } = await locked('homebrew', '/home/linuxbrew/.linuxbrew/bin/jq');
    expect(packages).toMatchObject([
      { name: 'jq', version: '1.7.1', used: true, details: { tap: 'homebrew/core', made: 'poured from a bottle' } },
      { name: 'oniguruma', version: '6.9.9_1', used: false },
    ]);
  });

  it('of snapd, Julia, RubyGems and Nix', async () => {
    const gem = '/home/ada/.gem/ruby/3.1.0';
    const specification = (name: string, needs = '') =>
      `Gem::Specification.new do |s|\n  s.name = "${name}".freeze\n  s.version = "3.0.8"\n${needs}end\n`;
    const hash = '0c1h3fpwwlk8sbjpk3mw3ssl3ikwmhbz';
    await root.file('/snap/hello/42/meta/snap.yaml', 'name: hello\nversion: 2.10\nbase: core22\nconfinement: strict\n');
    await root.file('/snap/hello/42/bin/hello', 'hello');
    await root.file(
      '/home/ada/.julia/packages/JSON/93Ea8/Project.toml',
      'name = "JSON"\nuuid = "682c06a0"\nversion = "0.21.4"\n\n[compat]\nname = "no"\n',
    );
    await root.file('/home/ada/.julia/packages/JSON/93Ea8/src/JSON.jl', 'module JSON end');
    await root.file(`/home/ada/.julia/artifacts/${'a1'.repeat(20)}/lib/libx.so`, 'x');
    await root.file(`${gem}/gems/rack-3.0.8/lib/rack.rb`, 'rack');
    await root.file(
      `${gem}/specifications/rack-3.0.8.gemspec`,
      specification('rack', '  s.add_runtime_dependency(%q<mini>.freeze, [">= 0"])\n'),
    );
    await root.file(`${gem}/gems/mini-3.0.8/lib/mini.rb`, 'mini');
    await root.file(`${gem}/specifications/mini-3.0.8.gemspec`, specification('mini'));
    await root.file(`/nix/store/${hash}-hello-2.12.1/bin/hello`, 'hello');
    const used = [
      '/snap/hello/42/bin/hello',
      '/home/ada/.julia/packages/JSON/93Ea8/src/JSON.jl',
      `/home/ada/.julia/artifacts/${'a1'.repeat(20)}/lib/libx.so`,
      `${gem}/gems/rack-3.0.8/lib/rack.rb`,
      `/nix/store/${hash}-hello-2.12.1/bin/hello`,
    ];
    const found: string[] = [];
    for (const kind of ['snap', 'julia', 'rubygems', 'nix']) {
      const { packages } = await locked(kind, ...used);
      for (const { name, version, used: own, needs = [] } of packages)
        found.push([`${kind}: ${name} ${version}`, ...(own ? [] : ['needed']), ...needs].join(', '));
      await rm(join(folder, 'environment.yml'));
    }
    expect(found).toEqual([
      'snap: hello 2.10',
      `julia: artifact ${'a1'.repeat(20)}`,
      'julia: JSON 0.21.4',
      'rubygems: mini 3.0.8, needed',
      `rubygems: rack 3.0.8, ${gem}/gems/mini-3.0.8`,
      'nix: hello 2.12.1',
    ]);
  });

  it('of RubyGems, with what was compiled of them beside, used or only needed', async () => {
    const home = '/srv/app/vendor/bundle/ruby/3.1.0';
    const built = (name: string) => `${home}/extensions/x86_64-linux/3.1.0/${name}-1.0/gem.build_complete`;
    for (const [name, more] of [
      ['one', '  s.add_dependency(%q<two>.freeze, [">= 0"])\n'],
      ['two', ''],
    ] as const) {
      await root.file(`${home}/gems/${name}-1.0/lib/${name}.rb`, name);
      const specification = `Gem::Specification.new do |s|\n  s.name = "${name}"\n  s.version = "1.0"\n${more}end\n`;
      await root.file(`${home}/specifications/${name}-1.0.gemspec`, specification);
      await root.file(built(name), '');
    }
    const { packages } = await locked('rubygems', built('one'));
    expect(packages.map(({ name, used }) => [name, used])).toEqual([
      ['one', true],
      ['two', false],
    ]);
    for (const { name, content } of packages) expect(await copied(content)).toContain(built(name));
  });

  it('of RubyGems are not looked for in folders that merely have the name of those of its extensions', async () => {
    const gems = await loadDistribution('rubygems');
    const reader = await gems?.open({ machine: root.machine, databases: new Map() });
    const near = (path: string) => reader?.databasesNear?.([pathFromText(path)]);
    expect(near('/srv/bundle/ruby/3.1.0/extensions/x86_64-linux/3.1.0/one-1.0/one.so')).not.toEqual([]);
    expect(near('/srv/lint/data/extensions/all/table/format.json')).toEqual([]);
    expect(near('/srv/editor/extensions/python-3/1.0/out/index.js')).toEqual([]);
  });

  it('are where links to them lead, known there by what the links say, and needed by each other so', async () => {
    const [library, cache] = ['/srv/renv/library/R-4.2/x86_64-pc-linux-gnu', '/srv/cache/v5'];
    const description = (name: string, more = '') => `Package: ${name}\nVersion: 1\nBuilt: R 4.2.2\n${more}`;
    await root.file(`${cache}/plot/1/hash/plot/DESCRIPTION`, description('plot', 'Imports: data\n'));
    await root.file(`${cache}/plot/1/hash/plot/extdata/x.csv`, '1');
    await root.file(`${cache}/data/1/hash/data/DESCRIPTION`, description('data'));
    for (const name of ['plot', 'data']) await root.link(`${library}/${name}`, `${cache}/${name}/1/hash/${name}`);
    const { packages } = await locked('r', `${library}/plot/extdata/x.csv`);
    expect(packages.map(({ name, at, used, needs: others }) => [name, at, used, others])).toEqual([
      ['data', `${cache}/data/1/hash/data`, false, undefined],
      ['plot', `${cache}/plot/1/hash/plot`, true, [`${cache}/data/1/hash/data`]],
    ]);
    expect(await copied(packages[1]?.content)).toContain(`${cache}/plot/1/hash/plot/extdata/x.csv`);
  });

  it('whose record is broken are told and left to others', async () => {
    const at = `${store}/zlib-1.3-${zlibHash}`;
    await root.file(`${at}/.spack/spec.json`, '{"spec": {"nodes": [');
    await root.file(`${at}/lib/libz.so`, 'z');
    await spackPackage('libpng', '1.6.39', pngHash);
    const { packages, notes } = await locked(
      'spack',
      `${at}/lib/libz.so`,
      `${store}/libpng-1.6.39-${pngHash}/lib/liblibpng.so`,
    );
    expect(packages.map(({ name }) => name)).toEqual(['libpng']);
    expect(notes.filter((note) => note.includes('cannot be read'))).toEqual([
      expect.stringContaining(`${at} looks like one of the packages of Spack`),
    ]);
  });

  it('are carried without what may be a secret, and say so', async () => {
    const at = await spackPackage('jupyter', '1.0', zlibHash);
    await root.file(`${at}/etc/server.pem`, '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n');
    const { packages } = await locked('spack', `${at}/lib/libjupyter.so`);
    const names = await copied(packages[0]?.content);
    expect(names).toContain(`${at}/lib/libjupyter.so`);
    expect(names).not.toContain(`${at}/etc/server.pem`);
    expect(packages[0]?.problems).toEqual([`Its copy is without what may be a secret: ${at}/etc/server.pem.`]);
  });

  it('are not used where a run only looked at folders of theirs, as a search along PATH does', async () => {
    const at = await spackPackage('zlib', '1.3.1', zlibHash);
    const png = await spackPackage('libpng', '1.6.39', pngHash);
    const { packages } = await locked('spack', `${at}/lib`, `${at}/bin/tool`, png, `${png}/lib/liblibpng.so`);
    expect(packages.map(({ name }) => name)).toEqual(['libpng']);
  });

  it('are planned as copies, and known again by their records', async () => {
    const at = await spackPackage('zlib', '1.3.1', zlibHash);
    const { packages } = await locked('spack', `${at}/lib/libzlib.so`);
    const module = await loadDistribution('spack');
    const context = { base: { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } };
    const plan = module?.plan({ name: 'spack', packages } as never, { ...context, epoch: 0 } as never);
    expect(plan?.steps).toMatchObject([{ kind: 'unpack', path: '/', content: packages[0]?.content }]);
    const { files } = root.machine;
    const tree = {
      read: async (path: never) => files.read(path).catch(() => undefined),
      list: async (path: never) => [...((await files.list(path)) ?? [])],
    };
    const version = await module?.installed?.(tree as never);
    const reference = { distribution: 'spack', name: 'zlib', version: '1' };
    expect(await version?.({ ...reference, at: pathFromText(at) })).toBe('1.3.1');
    expect(await version?.({ ...reference, at: pathFromText('/opt/other') })).toBeUndefined();
  });
});

describe('a reader that gives several packages one place', () => {
  const at = pathFromText('/home/ada/.cargo');
  const packageOf = (name: string) => ({ distribution: 'cargo', name, version: '1.0', at });
  const [ripgrep, bat] = [packageOf('ripgrep'), packageOf('bat')];
  const finished = async (...refs: readonly (typeof bat)[]) => {
    const owned = refs.map((ref) => ({ path: `${at}/bin/${ref.name}` as FilePath, state: 'owned', package: ref }));
    const context = { machine: root.machine, repack: 'none', owned, needed: [], ownerOf: () => undefined };
    const lookup = { at: () => ({ ...ripgrep, ref: ripgrep }), find: async () => new Map() };
    return await finishPrefixes('cargo', lookup, [], context as unknown as FinishContext);
  };

  it('is told which of them is not in the spec', async () => {
    const { lock, notes } = await finished(ripgrep, bat, bat);
    expect(lock.packages.map(({ name }) => name)).toEqual(['ripgrep']);
    expect(notes.filter((note) => note.includes('bat'))).toEqual([
      'bat 1.0 is not in the spec: its place /home/ada/.cargo is that of ripgrep 1.0.',
    ]);
  });

  it('is told nothing where there is one', async () => {
    const { notes } = await finished(ripgrep);
    expect(notes.filter((note) => note.includes('its place'))).toEqual([]);
  });
});

describe('a package whose name says all', () => {
  it('is installed where something is in its place', async () => {
    const at = '/nix/store/abcdfghijklmnpqrsvwxyz0123456789-hello-2.12';
    await root.file(`${at}/bin/hello`, 'hello');
    const module = await loadDistribution('nix');
    const { files } = root.machine;
    const version = await module?.installed?.({
      read: async (path) => files.read(path).catch(() => undefined),
      list: async (path) => files.list(path).catch(() => []),
    });
    const reference = { distribution: 'nix', name: 'hello', version: '2.12' };
    expect(await version?.({ ...reference, at: pathFromText(at) })).toBe('2.12');
    expect(await version?.({ ...reference, at: pathFromText(at.replace('abc', 'bbc')) })).toBeUndefined();
  });
});

describe('versions of managers without a rule of their own', () => {
  it.for([
    ['1.9', '1.10'],
    ['1.2', '1.2.1'],
    ['1.2rc1', '1.2.0'],
    ['9.9.9', '20240101'],
    ['develop', '0.1'],
  ] as const)('%s is before %s', ([earlier, later]) => {
    expect(Math.sign(compareLoosely(earlier, later))).toBe(-1);
    expect(Math.sign(compareLoosely(later, earlier))).toBe(1);
    expect(compareLoosely(later, later)).toBe(0);
  });
});
