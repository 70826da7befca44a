import { z } from 'zod';
import { withoutCredentials } from '../../archives/http.js';
import { type FilePath, isWithin, joinPath, normalizePath, parentPath, pathFromText } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';

const pathSchema = z.object({
  _path: z.string(),
  path_type: z.string().optional(),
  sha256: z.string().optional(),
  sha256_in_prefix: z.string().optional(),
});

/** What is read of conda-meta/*.json: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html */
const recordSchema = z.object({
  name: z.string(),
  version: z.string(),
  build: z.string(),
  build_number: z.int().optional(),
  subdir: z.string().optional(),
  channel: z.string().optional(),
  fn: z.string().optional(),
  url: z.string().optional(),
  sha256: z.string().nullish(),
  md5: z.string().nullish(),
  size: z.int().nullish(),
  noarch: z.union([z.string(), z.boolean()]).nullish(),
  depends: z.array(z.string()).default([]),
  requested_spec: z.string().nullish(),
  requested_specs: z.array(z.string()).nullish(),
  files: z.array(z.string()).default([]),
  paths_data: z.object({ paths: z.array(pathSchema) }).nullish(),
  package_tarball_full_path: z.string().nullish(),
  python_site_packages_path: z.string().nullish(),
});

/** One file of a package where it is installed. */
export interface RecordedPath {
  readonly path: FilePath;
  /** Of the content as it was put in place; unknown of what was made there, such as compiled Python. */
  readonly hash?: string;
  readonly isMade: boolean;
}

/** A package of a prefix, as conda recorded it. */
export interface CondaRecord extends Omit<z.infer<typeof recordSchema>, 'files' | 'paths_data' | 'url' | 'channel'> {
  readonly ref: PackageRef;
  readonly prefix: FilePath;
  /** The record itself. */
  readonly file: FilePath;
  /** Without tokens and passwords, as the channel. */
  readonly url?: string;
  readonly channel?: string;
  readonly paths: readonly RecordedPath[];
}

/** Reads a record; throws where it is none. */
export function parseRecord(file: FilePath, content: Buffer): CondaRecord {
  const { files, paths_data: data, url, channel, ...rest } = recordSchema.parse(JSON.parse(content.toString('utf8')));
  const prefix = parentPath(parentPath(file));
  const { name, version, subdir } = rest;
  const listed = data?.paths ?? files.map((path) => ({ _path: path }));
  return {
    ...rest,
    ref: {
      distribution: 'conda',
      name,
      version,
      ...(subdir === undefined ? {} : { architecture: subdir }),
      at: prefix,
    },
    prefix,
    file,
    ...(url === undefined ? {} : { url: withoutToken(url) }),
    ...(channel === undefined ? {} : { channel: withoutToken(channel) }),
    // A record may name anything: what is outside of the prefix is no package's.
    paths: listed.map((each) => recordedPath(prefix, each)).filter(({ path }) => isWithin(path, prefix)),
  };
}

/** Channels may have a token in their path: https://docs.anaconda.com/anacondaorg/user-guide/work-with-accounts/#using-tokens */
export function withoutToken(url: string): string {
  return withoutCredentials(url).replace(/\/t\/[^/]+(?=\/)/, '');
}

/** The packages that a package cannot do without; names with two underscores are of the machine, not packages. */
export function dependencyNames({ depends }: Pick<CondaRecord, 'depends'>): string[] {
  const names = depends.flatMap((spec) => /^(?:[^\s[]*::?)?([A-Za-z0-9_.-]+)/.exec(spec.trim())?.[1] ?? []);
  return [...new Set(names)].filter((name) => !name.startsWith('__')).map((name) => name.toLowerCase());
}

function recordedPath(
  prefix: FilePath,
  { _path, path_type, sha256, sha256_in_prefix }: z.infer<typeof pathSchema>,
): RecordedPath {
  const hash = sha256_in_prefix ?? sha256;
  // What a link leads to is another path's.
  const isFile = path_type !== 'softlink' && path_type !== 'directory';
  return {
    path: normalizePath(joinPath(prefix, pathFromText(_path))),
    ...(isFile && hash !== undefined ? { hash } : {}),
    isMade: path_type === 'pyc_file' || (path_type?.includes('entry_point') ?? false),
  };
}
