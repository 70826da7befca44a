import { z } from 'zod';
import type { PlannedPackage } from '../../../model/plan.js';
import { DownloadError, type DownloadOptions } from '../../download.js';
import { downloadJson } from '../../json.js';
import type { Range } from './cover.js';
import { secondsOf } from './timestamp.js';

/** https://salsa.debian.org/snapshot-team/snapshot/-/blob/master/API: only what is read here. */
const fileSchema = z.looseObject({
  name: z.string(),
  size: z.int().nonnegative(),
  archive_name: z.string(),
  path: z.string(),
  first_seen: z.string().regex(/^\d{8}T\d{6}Z$/),
});
const binaryFilesSchema = z.looseObject({
  result: z.array(z.looseObject({ architecture: z.string(), hash: z.string().regex(/^[0-9a-f]{40}$/) })),
  fileinfo: z.record(z.string(), z.array(fileSchema)),
});
const binarySchema = z.looseObject({ result: z.array(z.looseObject({ binary_version: z.string() })) });

/** A file of a package that a snapshot service has, in one of its archives. */
export interface SnapshotFile {
  readonly sha1: string;
  readonly size: number;
  readonly archive: string;
  /** Path below the archive's base address. */
  readonly path: string;
  /** Seconds since 1970. */
  readonly firstSeen: number;
}

type Wanted = Pick<PlannedPackage, 'name' | 'version' | 'architecture'>;

/** The same file may be in several archives: these first. */
const preferred = ['debian', 'debian-security', 'debian-debug', 'debian-ports'];

/** All that the service has under a package's name, version and architecture; nothing where it knows of none. */
export async function filesOf(
  base: string,
  { name, version, architecture }: Wanted,
  options: DownloadOptions,
): Promise<SnapshotFile[]> {
  const url = `${base}/mr/binary/${inPath(name)}/${inPath(version)}/binfiles?fileinfo=1`;
  const found = await unlessGone(downloadJson(url, binaryFilesSchema, options));
  const own = (found?.result ?? []).filter((each) => architecture === undefined || each.architecture === architecture);
  const files = own.flatMap(({ hash }) => (found?.fileinfo[hash] ?? []).map((file) => snapshotFile(hash, file)));
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** All versions of a package that the service knows of, in its order. */
export async function versionsOf(
  base: string,
  { name }: Pick<Wanted, 'name'>,
  options: DownloadOptions,
): Promise<string[]> {
  const all = await unlessGone(downloadJson(`${base}/mr/binary/${inPath(name)}/`, binarySchema, options));
  return [...new Set((all?.result ?? []).map(({ binary_version }) => binary_version))];
}

/**
 * When each archive listed these files, as far as the service tells: from when it saw them first until it first saw a
 * version that is next to theirs.
 */
export async function rangesOf(
  base: string,
  wanted: Wanted,
  files: readonly SnapshotFile[],
  options: DownloadOptions,
): Promise<Range[]> {
  const versions = await versionsOf(base, wanted, options);
  const at = versions.indexOf(wanted.version);
  const beside = at === -1 ? [] : [versions[at - 1], versions[at + 1]];
  const others: SnapshotFile[] = [];
  for (const version of beside) {
    if (version !== undefined) others.push(...(await filesOf(base, { ...wanted, version }, options)));
  }
  return files.map(({ archive, firstSeen }) => {
    const later = others.filter((other) => other.archive === archive && other.firstSeen > firstSeen);
    return { series: archive, begin: firstSeen, end: Math.min(...later.map((other) => other.firstSeen - 1)) };
  });
}

function snapshotFile(sha1: string, file: z.infer<typeof fileSchema>): SnapshotFile {
  return {
    sha1,
    size: file.size,
    archive: file.archive_name,
    path: `${file.path.replace(/^\/+|\/+$/g, '')}/${file.name}`,
    firstSeen: secondsOf(file.first_seen),
  };
}

function rank({ archive }: SnapshotFile): number {
  const at = preferred.indexOf(archive);
  return at === -1 ? preferred.length : at;
}

/** As the service's own clients write it: `+` must be quoted, `:` and `~` need not be. */
function inPath(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DownloadError && error.isGone) return undefined;
    throw error;
  }
}
