import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DistributionName } from '../../src/distributions/registry.js';
import type { FixtureRoot } from '../capture/fixture-root.js';
import { writeApkRoot } from '../support/apk.js';
import { buildRpms, rpmIn } from '../support/rpm.js';
import { must } from '../support/run.js';

/** What a secret, and what the run itself made, are known by wherever they get to. */
export const secretText = 'the-secret-of-the-machine';
export const freshText = 'made-by-the-run-itself';
/** What everything else holds. */
const shipped = 'as the package has it\n';

/** A small real installation of one distribution: two packages that a run used, and one that it did not. */
export interface Installation {
  readonly used: readonly [string, string];
  /** A file of the package that nobody used. */
  readonly needed: string;
  /** A file of a used package that holds a secret, which the package did not bring. */
  readonly secret?: string;
  /** A file of a used package, or in its folder, that the run made. */
  readonly fresh: string;
  /** A file that says which packages there are; of the other distributions names of folders say it, or programs. */
  readonly broken?: string;
  /** What the processes of the run had in their environments. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Maker {
  readonly programs?: readonly string[];
  readonly make: (root: FixtureRoot) => Promise<Installation>;
}

/** Of every distribution in the registry. */
export const installations: Readonly<Record<DistributionName, Maker>> = {
  debian: { make: debian },
  rpm: { programs: ['rpm', 'rpmbuild'], make: rpm },
  apk: { make: apk },
  spack: { make: spack },
  easybuild: { make: easybuild },
  homebrew: { make: homebrew },
  snap: { make: snap },
  nix: { make: nix },
  modules: { make: modules },
  conda: { make: conda },
  python: { make: python },
  npm: { make: npm },
  yarn: { make: yarn },
  r: { make: r },
  julia: { make: julia },
  perl: { make: perl },
  rubygems: { make: rubygems },
  git: { programs: ['git'], make: git },
  svn: { programs: ['svn', 'svnadmin'], make: svn },
};

async function debian(root: FixtureRoot): Promise<Installation> {
  const status = ['hello', 'tool', 'other'].map((name) => {
    const configured = name === 'hello' ? `Conffiles:\n /etc/hello.conf ${md5(shipped)}\n` : '';
    const head = `Package: ${name}\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\n`;
    return `${head}Version: 1.0-1\nMaintainer: A <a@example.org>\n${configured}Description: for tests\n\n`;
  });
  await root.file('/var/lib/dpkg/status', status.join(''));
  const listed: Record<string, string[]> = {
    hello: ['/usr/bin/hello', '/usr/share/hello/fresh'],
    tool: ['/usr/bin/tool'],
    other: ['/usr/bin/other'],
  };
  for (const [name, paths] of Object.entries(listed)) {
    const configured = name === 'hello' ? '/etc/hello.conf\n' : '';
    await root.file(`/var/lib/dpkg/info/${name}.list`, `${paths.join('\n')}\n${configured}`);
    const sums = paths.map((path) => `${md5(shipped)}  ${path.slice(1)}\n`).join('');
    await root.file(`/var/lib/dpkg/info/${name}.md5sums`, sums);
    for (const path of paths) await root.file(path, shipped);
  }
  await root.file('/etc/hello.conf', secretText);
  await root.file('/usr/share/hello/fresh', freshText);
  return {
    ...{ used: ['/usr/bin/hello', '/usr/bin/tool'], needed: '/usr/bin/other' },
    ...{ secret: '/etc/hello.conf', fresh: '/usr/share/hello/fresh' },
    broken: '/var/lib/dpkg/status',
  };
}

async function rpm(root: FixtureRoot): Promise<Installation> {
  const source = (name: string, files: Readonly<Record<string, string>>, attributes = {}) => ({
    ...{ name, version: '1-1', files, attributes },
  });
  await using built = await buildRpms([
    source(
      'hello',
      { '/usr/bin/hello': shipped, '/usr/share/hello/fresh': shipped, '/etc/hello.conf': shipped },
      { '/etc/hello.conf': '%config(noreplace)' },
    ),
    source('tool', { '/usr/bin/tool': shipped }),
    source('other', { '/usr/bin/other': shipped }),
    source('example-release', { '/usr/lib/example-release': 'ID=example\nVERSION_ID=40\n' }),
  ]);
  await must([...rpmIn(root.folder), '--install', '--nodeps', ...built.paths]);
  await root.file('/etc/hello.conf', secretText);
  await root.file('/usr/share/hello/fresh', freshText);
  return {
    ...{ used: ['/usr/bin/hello', '/usr/bin/tool'], needed: '/usr/bin/other' },
    ...{ secret: '/etc/hello.conf', fresh: '/usr/share/hello/fresh' },
    broken: '/var/lib/rpm/rpmdb.sqlite',
  };
}

async function apk(root: FixtureRoot): Promise<Installation> {
  const source = (name: string, files: Readonly<Record<string, string>>) => ({ name, version: '1.0-r0', files });
  const sources = [
    source('hello', { '/usr/bin/hello': shipped, '/usr/share/hello/fresh': shipped, '/etc/hello.conf': shipped }),
    source('tool', { '/usr/bin/tool': shipped }),
    source('other', { '/usr/bin/other': shipped }),
  ];
  writeApkRoot(root.folder, sources, ['hello']);
  await root.file('/etc/hello.conf', secretText);
  await root.file('/usr/share/hello/fresh', freshText);
  return {
    ...{ used: ['/usr/bin/hello', '/usr/bin/tool'], needed: '/usr/bin/other' },
    ...{ secret: '/etc/hello.conf', fresh: '/usr/share/hello/fresh' },
    broken: '/lib/apk/db/installed',
  };
}

/** Packages in folders of their own: a file in each, and what the machine and the run added to the first. */
async function inFolders(
  root: FixtureRoot,
  [first, second, third]: readonly [string, string, string],
  broken?: string,
): Promise<Installation> {
  for (const folder of [first, second, third]) await root.file(`${folder}/lib/file`, shipped);
  await root.file(`${first}/lib/token`, secretText);
  await root.file(`${first}/lib/fresh`, freshText);
  return {
    ...{ used: [`${first}/lib/file`, `${second}/lib/file`], needed: `${third}/lib/file` },
    ...{ secret: `${first}/lib/token`, fresh: `${first}/lib/fresh` },
    ...(broken === undefined ? {} : { broken }),
  };
}

const names = ['hello', 'tool', 'other'] as const;

async function eachOf(place: (name: string) => Promise<string>): Promise<readonly [string, string, string]> {
  const [hello, tool, other] = names;
  return [await place(hello), await place(tool), await place(other)];
}

async function spack(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    const hash = createHash('md5')
      .update(name)
      .digest('hex')
      .replace(/[0189]/g, 'x');
    const at = `/opt/spack/opt/spack/linux-debian12-x86_64/gcc-12.2.0/${name}-1.0-${hash}`;
    const nodes = [{ name, version: '1.0', hash, dependencies: [] }];
    await root.file(`${at}/.spack/spec.json`, JSON.stringify({ spec: { _meta: { version: 4 }, nodes } }));
    return at;
  });
  return inFolders(root, folders, `${folders[0]}/.spack/spec.json`);
}

async function easybuild(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    const at = `/sw/software/${name}/1.0-GCC-12.3.0`;
    const easyconfig = `name = '${name}'\nversion = '1.0'\ntoolchain = {'name': 'GCC', 'version': '12.3.0'}\n`;
    await root.file(`${at}/easybuild/${name}-1.0-GCC-12.3.0.eb`, easyconfig);
    return at;
  });
  return inFolders(root, folders, `${folders[0]}/easybuild/hello-1.0-GCC-12.3.0.eb`);
}

async function homebrew(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    const at = `/home/linuxbrew/.linuxbrew/Cellar/${name}/1.0`;
    await root.file(`${at}/INSTALL_RECEIPT.json`, '{"poured_from_bottle":true}');
    return at;
  });
  return inFolders(root, folders, `${folders[0]}/INSTALL_RECEIPT.json`);
}

async function snap(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    await root.file(`/snap/${name}/42/meta/snap.yaml`, `name: ${name}\nversion: 1.0\nconfinement: strict\n`);
    return `/snap/${name}/42`;
  });
  return inFolders(root, folders, `${folders[0]}/meta/snap.yaml`);
}

async function nix(root: FixtureRoot): Promise<Installation> {
  const hash = '0c1h3fpwwlk8sbjpk3mw3ssl3ikwmhbz';
  return inFolders(root, await eachOf(async (name) => `/nix/store/${hash}-${name}-1.0`));
}

async function modules(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    await root.file(`/etc/modules/${name}/1.0`, `#%Module1.0\nprepend-path PATH /opt/${name}/1.0/bin\n`);
    return `/opt/${name}/1.0`;
  });
  const loaded = names.map((name) => `${name}/1.0`);
  return {
    ...(await inFolders(root, folders)),
    environment: {
      LOADEDMODULES: loaded.join(':'),
      _LMFILES_: loaded.map((name) => `/etc/modules/${name}`).join(':'),
    },
  };
}

async function conda(root: FixtureRoot): Promise<Installation> {
  const prefix = '/opt/conda';
  await root.file(`${prefix}/conda-meta/history`, '');
  const folders = await eachOf(async (name) => {
    const files = ['lib/file', ...(name === 'hello' ? ['lib/token', 'lib/fresh'] : [])].map(
      (each) => `lib/${name}/${each}`,
    );
    const paths = files.map((_path) => ({ _path, path_type: 'hardlink', sha256: sha256(shipped) }));
    const record = { name, version: '1.0', build: 'h0_0', depends: [], files, paths_data: { paths } };
    await root.file(`${prefix}/conda-meta/${name}-1.0-h0_0.json`, JSON.stringify(record));
    return `${prefix}/lib/${name}`;
  });
  return inFolders(root, folders, `${prefix}/conda-meta/hello-1.0-h0_0.json`);
}

async function python(root: FixtureRoot): Promise<Installation> {
  const site = '/opt/env/lib/python3.11/site-packages';
  await root.file('/usr/bin/python3.11', shipped, 0o755);
  await root.link('/opt/env/bin/python', '/usr/bin/python3.11');
  await root.file('/opt/env/pyvenv.cfg', 'home = /usr/bin\nversion = 3.11.2\n');
  const hash = `sha256=${createHash('sha256').update(shipped).digest('base64url')}`;
  const folders = await eachOf(async (name) => {
    const files = ['lib/file', ...(name === 'hello' ? ['lib/token', 'lib/fresh'] : [])];
    const record = files.map((each) => `${name}/${each},${hash},${shipped.length}\n`).join('');
    const info = `${site}/${name}-1.0.dist-info`;
    await root.file(`${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`);
    await root.file(`${info}/RECORD`, `${record}${name}-1.0.dist-info/METADATA,,\n${name}-1.0.dist-info/RECORD,,\n`);
    return `${site}/${name}`;
  });
  return inFolders(root, folders, `${site}/hello-1.0.dist-info/METADATA`);
}

async function npm(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    await root.file(`/srv/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' }));
    return `/srv/node_modules/${name}`;
  });
  return inFolders(root, folders, `${folders[0]}/package.json`);
}

async function yarn(root: FixtureRoot): Promise<Installation> {
  const project = '/srv/project';
  const place = (name: string) => `${project}/.yarn/cache/${name}-npm-1.0.0-0123456789-abcdef0123.zip`;
  const entry = (name: string) =>
    `"${name}@npm:^1.0.0":\n  version: 1.0.0\n  resolution: "${name}@npm:1.0.0"\n  checksum: 10c0/abcdef0123\n`;
  await root.file(`${project}/yarn.lock`, `__metadata:\n  version: 8\n\n${names.map(entry).join('\n')}`);
  for (const name of names) await root.file(place(name), shipped);
  await root.file(place('fresh'), freshText);
  const [hello, tool, other] = names.map(place) as [string, string, string];
  return { used: [hello, tool], needed: other, fresh: place('fresh'), broken: `${project}/yarn.lock` };
}

async function r(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    const at = `/usr/local/lib/R/site-library/${name}`;
    const built = 'Built: R 4.2.2; ; 2024-01-01 00:00:00 UTC; unix\n';
    await root.file(`${at}/DESCRIPTION`, `Package: ${name}\nVersion: 1.0\n${built}`);
    return at;
  });
  return inFolders(root, folders, `${folders[0]}/DESCRIPTION`);
}

async function julia(root: FixtureRoot): Promise<Installation> {
  const folders = await eachOf(async (name) => {
    const at = `/home/ada/.julia/packages/${name.charAt(0).toUpperCase()}${name.slice(1)}/93Ea8`;
    await root.file(`${at}/Project.toml`, `name = "${name}"\nuuid = "682c06a0"\nversion = "1.0.0"\n`);
    return at;
  });
  return inFolders(root, folders, `${folders[0]}/Project.toml`);
}

async function perl(root: FixtureRoot): Promise<Installation> {
  const [libraries, lists] = ['/usr/local/share/perl/5.36.0', '/usr/local/lib/x86_64-linux-gnu/perl/5.36.0/auto'];
  const folders = await eachOf(async (name) => {
    const at = `${libraries}/${name}`;
    const files = ['lib/file', ...(name === 'hello' ? ['lib/token', 'lib/fresh'] : [])];
    await root.file(`${lists}/${name}/.packlist`, files.map((each) => `${at}/${each}\n`).join(''));
    await root.file(`${at}.pm`, `package ${name};\nour $VERSION = '1.02';\n1;\n`);
    return at;
  });
  return inFolders(root, folders);
}

async function rubygems(root: FixtureRoot): Promise<Installation> {
  const gems = '/home/ada/.gem/ruby/3.1.0';
  const folders = await eachOf(async (name) => {
    const specification = `Gem::Specification.new do |s|\n  s.name = "${name}".freeze\n  s.version = "1.0"\nend\n`;
    await root.file(`${gems}/specifications/${name}-1.0.gemspec`, specification);
    return `${gems}/gems/${name}-1.0`;
  });
  return inFolders(root, folders);
}

/** Working trees: everything in them is committed but the secret. */
async function inTrees(root: FixtureRoot, commit: (folder: string) => void, broken: string): Promise<Installation> {
  const folders = names.map((name) => `/srv/${name}`);
  for (const folder of folders) {
    const own = folder.endsWith('hello') ? { 'lib/token': shipped, 'lib/fresh': freshText } : {};
    const files = { 'lib/file': shipped, ...own };
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root.folder, folder, name)), { recursive: true });
      writeFileSync(join(root.folder, folder, name), content);
    }
    commit(join(root.folder, folder));
  }
  await root.file(`${folders[0]}/lib/token`, secretText);
  const [first, second, third] = folders as [string, string, string];
  return {
    ...{ used: [`${first}/lib/file`, `${second}/lib/file`], needed: `${third}/lib/file` },
    ...{ secret: `${first}/lib/token`, fresh: `${first}/lib/fresh` },
    broken,
  };
}

function git(root: FixtureRoot): Promise<Installation> {
  const person = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' };
  const env = {
    ...{ PATH: process.env['PATH'], HOME: root.folder, GIT_CONFIG_NOSYSTEM: '1', ...person },
    ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' },
  };
  const commit = (cwd: string) => {
    const run = (...args: string[]) => execFileSync('git', args, { cwd, env, stdio: 'ignore' });
    run('init', '--quiet');
    run('add', '--all');
    run('commit', '--quiet', '-m', 'one');
  };
  return inTrees(root, commit, '/srv/hello/.git/index');
}

function svn(root: FixtureRoot): Promise<Installation> {
  const env = { PATH: process.env['PATH'], HOME: root.folder, LC_ALL: 'C.UTF-8' };
  const commit = (cwd: string) => {
    const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd, env, stdio: 'ignore' });
    const repository = join(root.folder, 'srv', `repository-of-${basename(cwd)}`);
    run('svnadmin', 'create', repository);
    run('svn', 'checkout', '--quiet', `file://${repository}`, '.');
    run('svn', 'add', '--quiet', '--force', '.');
    run('svn', 'commit', '--quiet', '-m', 'one');
    run('svn', 'update', '--quiet');
  };
  return inTrees(root, commit, '/srv/hello/.svn/wc.db');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
