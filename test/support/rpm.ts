import { chmodSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { must } from './run.js';

/** What a package for tests is made of. */
export interface RpmSource {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  readonly architecture?: 'noarch' | 'x86_64' | 'i686';
  /** Further lines of the preamble: `Requires: ...`. */
  readonly preamble?: readonly string[];
  /** By path: content, a folder (`/`), a link (`-> target`), or another name of a file before it (`=> path`). Content that begins with `#!` is executable. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is to stand before a path in %files: `%config(noreplace)`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Files of the machine, by the path that they are to have. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Sections after the files: `%post`, `%pre`. */
  readonly scripts?: string;
  /** Lines of %files for what is not packed: `%ghost /var/lib/state`. */
  readonly ghosts?: readonly string[];
}

/** Real packages of `rpmbuild`, in a folder of their own. */
export interface BuiltRpms extends AsyncDisposable {
  /** Where all of them lie. */
  readonly folder: string;
  /** By name: the files. */
  readonly files: Readonly<Record<string, string>>;
  /** All files, in the order of the sources. */
  readonly paths: readonly string[];
}

/** Builds all of one architecture with one call. The date of every file is the given one. */
export async function buildRpms(
  sources: readonly RpmSource[],
  { payload = 'w2.gzdio', macros = [] as readonly string[] } = {},
): Promise<BuiltRpms> {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-rpms-'));
  const settings = {
    _topdir: folder,
    _rpmdir: join(folder, 'rpms'),
    _rpmfilename: '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm',
    _binary_payload: payload,
    _build_id_links: 'none',
    _binaries_in_noarch_packages_terminate_build: '0',
    debug_package: '%{nil}',
    __os_install_post: '%{nil}',
    _buildhost: 'localhost',
    source_date_epoch_from_changelog: '0',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    vendor: 'Example',
  };
  const defines = [...Object.entries(settings).map(([key, value]) => `${key} ${value}`), ...macros];
  const specs = sources.map((source, at) => ({ ...source, spec: writeSource(folder, source, at) }));
  for (const target of ['x86_64', 'i686'] as const) {
    const own = specs.filter(({ architecture = 'x86_64' }) => (architecture === 'i686') === (target === 'i686'));
    if (own.length === 0) continue;
    const options = [
      ...defines.flatMap((each) => ['--define', each]),
      '--target',
      target,
      '-bb',
      '--nodeps',
      '--quiet',
    ];
    await must(['rpmbuild', ...options, ...own.map(({ spec }) => spec)], {
      env: { PATH: process.env['PATH'] ?? '', SOURCE_DATE_EPOCH: '1700000000', HOME: folder },
    });
  }
  const built = readdirSync(join(folder, 'rpms'));
  const files = sources.map(({ name, version, architecture = 'noarch' }) => {
    const file = `${name}-${version.replace(/^\d+:/, '')}.${architecture}.rpm`;
    if (!built.includes(file)) throw new Error(`rpmbuild made ${built.join(', ')}, not ${file}`);
    return [name, join(folder, 'rpms', file)] as const;
  });
  return {
    folder: join(folder, 'rpms'),
    files: Object.fromEntries(files),
    paths: files.map(([, path]) => path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The options that make rpm use a root as its own system would. */
export function rpmIn(root: string, database = '/var/lib/rpm'): string[] {
  return ['rpm', '--root', root, '--define', `_dbpath ${database}`, '--define', '_db_backend sqlite'];
}

function writeSource(folder: string, source: RpmSource, at: number): string {
  const { name, version, architecture = 'noarch', preamble = [], files = {}, attributes = {}, copies = {} } = source;
  const [, epoch, plain = '', release = ''] = /^(?:(\d+):)?([^-]+)-(.+)$/.exec(version) ?? [];
  const tree = join(folder, 'trees', String(at));
  mkdirSync(tree, { recursive: true });
  for (const [path, content] of Object.entries(files)) writeEntry(tree, path, content);
  const install = [
    'mkdir -p %{buildroot}',
    `cp -a ${tree}/. %{buildroot}/`,
    ...Object.entries(copies).map(([path, from]) => `install -D -m 0755 ${from} %{buildroot}${path}`),
    'find %{buildroot} -exec touch -h -d @1700000000 {} +',
  ];
  const listed = [...Object.keys(files), ...Object.keys(copies)].map((path) => {
    const isFolder = files[path] === '/';
    return `${isFolder ? '%dir ' : ''}${attributes[path] ?? ''} ${path}`.trim();
  });
  const text = [
    ...[`Name: ${name}`, ...(epoch ? [`Epoch: ${epoch}`] : []), `Version: ${plain}`, `Release: ${release}`],
    ...['Summary: for tests', 'License: MIT', 'AutoReqProv: no', ...preamble],
    ...(architecture === 'noarch' ? ['BuildArch: noarch'] : [`ExclusiveArch: ${architecture}`]),
    ...['%description', 'for tests', '%install', ...install],
    ...['%files', ...listed, ...(source.ghosts ?? []), ...(source.scripts ? [source.scripts] : [])],
  ];
  const spec = join(folder, `${name}-${at}.spec`);
  writeFileSync(spec, `${text.join('\n')}\n`);
  return spec;
}

function writeEntry(tree: string, name: string, content: string): void {
  const path = join(tree, name);
  mkdirSync(dirname(path), { recursive: true });
  if (content === '/') mkdirSync(path, { recursive: true });
  else if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
  else if (content.startsWith('=> ')) linkSync(join(tree, content.slice(3)), path);
  else {
    writeFileSync(path, content);
    if (content.startsWith('#!')) chmodSync(path, 0o755);
  }
}
