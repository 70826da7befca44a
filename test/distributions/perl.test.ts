import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { perl } from '../../src/distributions/perl/index.js';
import { recordFoldersOf } from '../../src/distributions/perl/libraries.js';
import { comparePerlVersions, versionIn } from '../../src/distributions/perl/version.js';
import { tarMembers } from '../../src/filesystem/tar.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { PrefixLock } from '../../src/packaging/prefix/schema.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';
import { needs } from '../support/needs.js';

const run = promisify(execFile);
let folder: string;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perl-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function captured(...paths: readonly string[]) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output, options: { repack: 'missing' } });
  const { lock, manifest } = await readSpecification(output);
  const half = lock?.distributions.find(({ name }) => name === 'perl') as PrefixLock | undefined;
  return { packages: half?.packages ?? [], files: manifest.files.map(({ path }) => path), notes };
}

async function copied(content: string | undefined): Promise<string[]> {
  const tar = gunzipSync(await readFile(join(folder, 'environment.d/contents', `${content}`)));
  const names: string[] = [];
  for await (const member of tarMembers(Readable.from([tar]))) names.push(member.path);
  return names;
}

/** Installs a module with MakeMaker, as people do, as if the fixture were the machine. */
async function install(arguments_: readonly string[]): Promise<void> {
  const source = join(folder, 'Acme-Hello');
  const files = {
    'Makefile.PL': `use ExtUtils::MakeMaker;
WriteMakefile(NAME => 'Acme::Hello', VERSION_FROM => 'lib/Acme/Hello.pm', EXE_FILES => ['bin/acme']);\n`,
    'lib/Acme/Hello.pm': `package Acme::Hello;\nour $VERSION = '1.02';\n1;\n__END__\n$VERSION = '9';\n`,
    'lib/Acme/Hello/More.pm': 'package Acme::Hello::More;\n1;\n',
    'bin/acme': '#!/usr/bin/perl\nuse Acme::Hello;\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), content);
  }
  const environment = { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C' };
  await run('perl', ['Makefile.PL', ...arguments_], { cwd: source, env: environment });
  await run('make', [], { cwd: source, env: environment });
  await run('make', ['install'], { cwd: source, env: environment });
  // The lists name the files as those would who work inside of the root.
  for (const name of await readdir(root.folder, { recursive: true })) {
    if (!name.endsWith('/.packlist')) continue;
    const list = join(root.folder, name);
    await writeFile(list, (await readFile(list, 'utf8')).replaceAll(root.folder, ''));
  }
}

const library = '/home/ada/perl5/lib/perl5';
const arch = `${library}/x86_64-linux-gnu-thread-multi`;

describe('modules of Perl that MakeMaker installed', () => {
  beforeEach(needs({ programs: ['pod2man', 'make'] }));

  it('into a home, with their programs', async () => {
    await install([`INSTALL_BASE=${root.folder}/home/ada/perl5`]);
    await root.file(`${library}/Other.pm`, 'package Other;\n1;\n');
    const { packages, files } = await captured(
      '/home/ada/perl5/bin/acme',
      `${library}/Acme/Hello/More.pm`,
      `${library}/Other.pm`,
    );
    expect(packages).toMatchObject([{ name: 'Acme::Hello', version: '1.02', used: true, certainty: 'repacked' }]);
    expect(packages[0]?.at).toMatch(/^\/home\/ada\/perl5\/lib\/perl5\/[^/]+\/auto\/Acme\/Hello\/\.packlist$/);
    const copy = await copied(packages[0]?.content);
    expect(copy).toEqual(
      expect.arrayContaining([packages[0]?.at, `${library}/Acme/Hello.pm`, '/home/ada/perl5/bin/acme']),
    );
    expect(files).toEqual([`${library}/Other.pm`]);
  });

  it("into the site's folders of this Perl", async () => {
    await install([`PREFIX=${root.folder}/usr/local`]);
    const placed = (await readdir(root.folder, { recursive: true })).filter((name) => name.endsWith('/Acme/Hello.pm'));
    expect(placed).toHaveLength(1);
    const { packages } = await captured(`/${placed[0]}`);
    expect(packages).toMatchObject([{ name: 'Acme::Hello', version: '1.02', used: true }]);
  });
});

describe('modules of Perl', () => {
  it('that cpanm installed: by its records, with what they need, and each with its own files', async () => {
    const meta = async (name: string, version: string, requires: object = {}, provides: object = {}) => {
      const dist = `${name.replaceAll('::', '-')}-${version}`;
      const at = `${arch}/.meta/${dist}`;
      const pathname = `A/AD/ADA/${dist}.tar.gz`;
      await root.file(`${at}/install.json`, JSON.stringify({ name, version, dist, pathname, provides, target: name }));
      await root.file(`${at}/MYMETA.json`, JSON.stringify({ name, version, prereqs: { runtime: { requires } } }));
      const file = `${library}/${name.replaceAll('::', '/')}.pm`;
      await root.file(file, `package ${name};\n# no version here\n1;\n`);
      await root.file(`${arch}/auto/${name.replaceAll('::', '/')}/.packlist`, `${file} type=file\n`);
    };
    await meta('Try::Tiny', '0.31');
    await meta('Http::All', '6.1', {}, { 'Http::Part': {} });
    await meta('Acme', '1.09');
    await meta('Acme', '1.10', { 'Try::Tiny': '0.2', 'Http::Part': 0, perl: '5.010' });
    await meta('Acme::Deep', '2');
    await root.file(`${arch}/.meta/broken-1/install.json`, '{');
    await root.file(`${arch}/auto/Nothing/.packlist`, '');
    const whole = await captured(`${library}/Acme.pm`);
    expect(whole.notes).toContainEqual(expect.stringContaining('.meta/broken-1/install.json cannot be read'));
    expect(whole.packages[0]?.details).toEqual({ distribution: 'Acme-1.10', pathname: 'A/AD/ADA/Acme-1.10.tar.gz' });
    expect(await copied(whole.packages[0]?.content)).toContain(`${arch}/.meta/Acme-1.10/install.json`);
    expect(whole.packages.map(({ name, version, used }) => [name, version, used])).toEqual([
      ['Acme', '1.10', true],
      ['Http::All', '6.1', false],
      ['Try::Tiny', '0.31', false],
    ]);
  });

  it('that one Perl has which somebody built, with the files of that itself', async () => {
    const built = '/opt/perlbrew/perls/perl-5.38.2';
    await root.file(`${built}/bin/perl`, 'perl', 0o755);
    await root.file(`${built}/lib/5.38.2/strict.pm`, 'package strict;\n');
    await root.file(`${built}/lib/site_perl/5.38.2/Acme.pm`, 'package Acme 0.5;\n');
    const list = [`${built}/bin/perl`, `${built}/lib/5.38.2/strict.pm`].join('\n');
    await root.file(`${built}/lib/5.38.2/x86_64-linux/.packlist`, `${list}\n`);
    const own = `${built}/lib/site_perl/5.38.2/x86_64-linux/auto/Acme/.packlist`;
    await root.file(own, `${built}/lib/site_perl/5.38.2/Acme.pm\n`);
    const { packages } = await captured(
      `${built}/bin/perl`,
      `${built}/lib/5.38.2/strict.pm`,
      `${built}/lib/site_perl/5.38.2/Acme.pm`,
    );
    expect(packages.map(({ name, version }) => [name, version])).toEqual([
      ['perl', '5.38.2'],
      ['Acme', '0.5'],
    ]);
    expect(await copied(packages[0]?.content)).toContain(`${built}/bin/perl`);
  });

  it('has the version of what is installed in a tree read from the module itself', async () => {
    const list = `${arch}/auto/Acme/.packlist` as FilePath;
    const tree = new Map([
      [list as string, `${library}/Acme.pm\n`],
      [`${library}/Acme.pm`, "package Acme;\nour $VERSION = '2.5';\n"],
    ]);
    const read = async (path: FilePath) => {
      const text = tree.get(path);
      return text === undefined ? undefined : Buffer.from(text);
    };
    const version = await perl.installed?.({ read, list: async () => [] });
    const reference = { distribution: 'perl', name: 'Acme', version: '2.5' };
    expect(await version?.({ ...reference, at: list })).toBe('2.5');
    expect(await version?.({ ...reference, at: `${arch}/auto/Gone/.packlist` as FilePath })).toBeUndefined();
  });
});

it.each([
  ['/usr/share/perl/5.36.0/strict.pm', undefined],
  ['/usr/lib/x86_64-linux-gnu/perl5/5.36/Foo.pm', undefined],
  ['/usr/local/share/perl/5.36.0/Foo.pm', '/usr/local/lib/*/perl/5.36.0'],
  ['/usr/local/lib64/perl5/5.36/auto/Foo/Foo.so', '/usr/local/lib*/perl5/5.36'],
  ['/srv/app/local/lib/perl5/Foo.pm', '/srv/app/local/lib/perl5{,/*}'],
  ['/srv/app/local/bin/foo', '/srv/app/local/lib/perl5{,/*}'],
  ['/opt/tool/bin/foo', undefined],
])('looks for the records of %s in %s', (path, folders) => {
  expect(recordFoldersOf(pathFromText(path))).toBe(folders);
});

it.each([
  [`our $VERSION = '1.02';`, '1.02'],
  ['  $Foo::VERSION = "v1.2.3";', 'v1.2.3'],
  [`use version; our $VERSION = version->declare("v0.9.1");`, 'v0.9.1'],
  [`our $VERSION = qv('1.2.3');`, '1.2.3'],
  ['package Foo::Bar 1.5;', '1.5'],
  ['package Foo v2.0.1 {', 'v2.0.1'],
  [`# $VERSION = '3';\n1;`, undefined],
  [`1;\n__END__\n$VERSION = '3';`, undefined],
  ['$VERSION = compute();', undefined],
])('reads of %s the version %s', (source, version) => {
  expect(versionIn(source)).toBe(version);
});

it.each([
  ['1.02', '1.020', 0],
  ['1.10', '1.9', -1],
  ['v1.10', 'v1.9', 1],
  ['1.002003', 'v1.2.3', 0],
  ['1.02_03', '1.0203', 0],
  ['2', '1.999', 1],
])('orders %s and %s as Perl does', (a, b, order) => {
  expect(Math.sign(comparePerlVersions(a, b))).toBe(order);
});
