import type { z } from 'zod';
import type { repromanSchema, WrittenDistribution, WrittenPackage } from './reproman-schema.js';

/** One package of a spec of ReproMan; its distribution is named as those of this project are. */
export interface RepromanPackage {
  readonly distribution: string;
  readonly name: string;
  /** Absent: any. */
  readonly version?: string;
  /** What is written behind a name alone: `>=0.12`. */
  readonly constraint?: string;
  readonly architecture?: string;
  readonly build?: string;
  /** Where it is installed, of what may be at several places. */
  readonly at?: string;
  /** Where its files are seen from, where that is not `at`: two specs have the same thing at different places. */
  readonly folder?: string;
  /** What it is, wherever it lies: the first commit of a repository. */
  readonly identity?: string;
  readonly origins: readonly string[];
  readonly sha256?: string;
  readonly branch?: string;
  readonly files: readonly string[];
}

export interface RepromanSpec {
  readonly packages: readonly RepromanPackage[];
  readonly files: readonly string[];
  readonly system?: Readonly<Record<string, string>>;
}

/** The distributions of ReproMan by the names that they have here. */
const names: Readonly<Record<string, string>> = { neurodebian: 'debian', redhat: 'rpm', venv: 'python' };

/** All of a document that was checked; distributions of one kind that are there several times are one. */
export function repromanOf({ distributions = [], files = [] }: z.infer<typeof repromanSchema>): RepromanSpec {
  const listed = listOf(distributions);
  const base = listed.find(({ name }) => ['debian', 'rpm'].includes(kindOf(name)) && name !== 'neurodebian');
  const id = base && (kindOf(base.name) === 'rpm' ? 'rhel' : 'debian');
  return {
    packages: listed.flatMap(packagesOf),
    files,
    ...(base &&
      id !== undefined && { system: { ID: id, ...(base.version !== undefined && { VERSION_ID: base.version }) } }),
  };
}

function listOf(written: NonNullable<z.infer<typeof repromanSchema>['distributions']>): WrittenDistribution[] {
  if (written === '') return [];
  if (Array.isArray(written)) return written;
  return Object.entries(written).map(([name, fields]) => ({ ...(fields === '' ? {} : fields), name }));
}

/** `debian-2` is a second one of Debian's (formats/reproman.py). */
function kindOf(name: string): string {
  const kind = name.replace(/^[-0-9]+|[-0-9]+$/g, '');
  return Object.hasOwn(names, kind) ? (names[kind] ?? kind) : kind;
}

function packagesOf(written: WrittenDistribution): RepromanPackage[] {
  const { name, packages = [], environments = [], images = [] } = written;
  const kind = kindOf(name);
  const origins = originsOf(written);
  const own = [...packages, ...images].map((each) => packageOf(kind, each, origins));
  const others = environments.flatMap(({ path, packages: inIt = [] }) =>
    inIt.map((each) => {
      const isPip = kind === 'conda' && typeof each !== 'string' && each.installer === 'pip';
      return { ...packageOf(isPip ? 'python' : kind, each, origins), ...(path !== undefined && { at: path }) };
    }),
  );
  return [...own, ...others];
}

/** Of sources by their names: who publishes them, and which of their archives it is. */
function originsOf({ apt_sources = [], sources = [] }: WrittenDistribution): ReadonlyMap<string, string> {
  return new Map(
    [...apt_sources, ...sources].flatMap(({ name, id, origin, archive, codename }) => {
      const called = name ?? id;
      const said = [origin, codename ?? archive].filter((part) => part !== undefined).join(' ');
      return called === undefined ? [] : [[called, said === '' ? called : said] as const];
    }),
  );
}

function packageOf(
  distribution: string,
  written: WrittenPackage,
  sources: ReadonlyMap<string, string>,
): RepromanPackage {
  if (typeof written === 'string') return fromText(distribution, written);
  const { files = [], version, release, architecture, build, sha256, branch, path, url } = written;
  const common = { distribution, files };
  if (distribution === 'git' || distribution === 'svn') {
    const { root_hexsha, uuid, hexsha, revision } = written;
    const identity = root_hexsha ?? uuid;
    const at = version ?? hexsha ?? revision;
    return {
      ...{ ...common, name: lastOf(path ?? url ?? identity ?? ''), origins: remotesOf(written) },
      ...(at !== undefined && { version: at }),
      ...(branch !== undefined && { branch }),
      ...(path !== undefined && (identity === undefined ? { at: path } : { folder: path })),
      ...(identity !== undefined && { identity }),
    };
  }
  const { id, repo_tags = [], repo_digests = [], md5, channel_name, versions = {} } = written;
  const whole = version !== undefined && release !== undefined ? `${version}-${release}` : (version ?? id ?? md5);
  const named = version === undefined ? [] : [versions[version] ?? []].flat();
  return {
    ...common,
    name: written.name ?? repo_tags[0] ?? url ?? path ?? id ?? '',
    origins: [
      ...named.flatMap((each) => sources.get(each) ?? []),
      ...(channel_name ? [channel_name] : []),
      ...repo_digests,
    ],
    ...(whole !== undefined && { version: whole }),
    ...(architecture !== undefined && { architecture }),
    ...(build !== undefined && { build }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** `nipype>=0.12.11`, `jq=1.6`, `libc6-dev`. */
function fromText(distribution: string, written: string): RepromanPackage {
  const [, name = written, operator = '', bound = ''] =
    /^([^<>=!~\s]+)\s*([<>=!~]+)\s*(.+)$/.exec(written.trim()) ?? [];
  const isOne = /^={1,2}$/.test(operator);
  return {
    ...{ distribution, name, files: [], origins: [] },
    ...(isOne && { version: bound }),
    ...(!isOne && operator !== '' && { constraint: `${operator}${bound}` }),
  };
}

function remotesOf({ remotes, root_url, url }: Exclude<WrittenPackage, string>): string[] {
  if (remotes === undefined || remotes === '') return [root_url ?? url ?? []].flat();
  return Object.values(remotes).flatMap((each) => (typeof each === 'string' ? [] : (each.url ?? [])));
}

function lastOf(path: string): string {
  return path.replace(/\/+$/, '').replace(/^.*\//, '') || path;
}
