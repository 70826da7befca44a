import { createHash } from 'node:crypto';
import type { Machine, Unreadable } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, joinPath, pathFromText, showPath } from '../../model/file-path.js';
import type { Unpacked } from '../../packaging/distribution.js';
import type { FinishContext } from '../../packaging/reader.js';
import { digestOf } from './archive.js';
import { type Installing, installed } from './install.js';
import { cachedPackages } from './package-caches.js';
import type { CondaRecord } from './record.js';

/** A package whose archive is on the machine and makes what is installed. */
export interface FoundPackage {
  readonly archive: FilePath;
  readonly installing: Installing;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Recorded files that it does not make, or not as they are: scripts that start programs, compiled Python, changes. */
  readonly apart: readonly FilePath[];
}

/**
 * Looks for packages in conda's caches, and compares what each makes with what is installed. Only where a disk can be
 * read at will: through a shell it would be a process for each package.
 */
export async function findPackages(
  records: readonly CondaRecord[],
  entries: ReadonlyMap<FilePath, FileEntry>,
  { machine, signal }: FinishContext,
  unreadable: Unreadable,
): Promise<Map<CondaRecord, FoundPackage>> {
  const found = new Map<CondaRecord, FoundPackage>();
  if (machine.files.part === undefined) return found;
  const sitePackages = sitePackagesOf(records);
  for (const [record, archive] of await findArchives(records, machine, unreadable)) {
    signal?.throwIfAborted();
    const package_ = await compare(record, archive, sitePackages.get(record.prefix), entries, machine);
    if (package_) found.set(record, package_);
  }
  return found;
}

/** Where the archive was when it was installed, in a channel on the machine, or in a cache. */
async function findArchives(
  records: readonly CondaRecord[],
  machine: Machine,
  unreadable: Unreadable,
): Promise<Map<CondaRecord, FilePath>> {
  const cached =
    records.length === 0 ? new Map<string, readonly FilePath[]>() : await cachedPackages(machine, unreadable);
  const places = new Map<CondaRecord, readonly FilePath[]>();
  for (const record of records) {
    const { package_tarball_full_path: full, url, fn = '' } = record;
    const named = [full, /^file:\/\/(\/.*)$/.exec(url ?? '')?.[1]];
    const known = named.flatMap((path) => (path?.startsWith('/') ? [pathFromText(path)] : []));
    places.set(record, [...known, ...(cached.get(fn) ?? [])]);
  }
  const there = new Set<FilePath>();
  for await (const [path, entry] of machine.files.entries([...places.values()].flat())) {
    if (entry?.type === 'file') there.add(path);
  }
  const archives = new Map<CondaRecord, FilePath>();
  for (const [record, paths] of places) {
    const path = paths.find((each) => there.has(each));
    if (path !== undefined) archives.set(record, path);
  }
  return archives;
}

/** By prefix: where its Python looks for modules. */
function sitePackagesOf(records: readonly CondaRecord[]): Map<FilePath, string> {
  const found = new Map<FilePath, string>();
  for (const record of records) {
    const path = sitePackagesIn(record);
    if (path !== undefined) found.set(record.prefix, path);
  }
  return found;
}

/** Of a package that is Python. */
export function sitePackagesIn({
  name,
  version,
  python_site_packages_path: path,
}: Pick<CondaRecord, 'name' | 'version' | 'python_site_packages_path'>): string | undefined {
  const short = /^\d+\.\d+/.exec(version)?.[0];
  return name === 'python' && short !== undefined ? (path ?? `lib/python${short}/site-packages`) : undefined;
}

async function compare(
  record: CondaRecord,
  archive: FilePath,
  sitePackages: string | undefined,
  entries: ReadonlyMap<FilePath, FileEntry>,
  { files }: Machine,
): Promise<FoundPackage | undefined> {
  const { prefix, sha256, md5, fn = archive } = record;
  const open = () => files.stream(archive) as AsyncIterable<Buffer>;
  const options = { file: fn, prefix: showPath(prefix), ...(sitePackages === undefined ? {} : { sitePackages }) };
  const own = record.paths.flatMap(({ path }) => entries.get(path) ?? []);
  const [{ uid, gid } = { uid: 0, gid: 0 }] = own;
  if (own.some((each) => each.uid !== uid || each.gid !== gid)) return undefined;
  try {
    const digest = sha256 ? await digestOf(open, 'sha256') : md5 ? await digestOf(open, 'md5') : undefined;
    if (digest === undefined || digest !== (sha256 || md5)) return undefined;
    const same = new Map<FilePath, number>();
    let replaced = 0;
    // A date that no file has marks those that the prefix is put into.
    for await (const member of installed(open, { ...options, umask: 0, replaced: -1 })) {
      if (member.type === 'directory') continue;
      const entry = entries.get(joinPath(prefix, member.path.slice(1)));
      if (!entry) return undefined;
      if (!(await isSame(member, entry))) continue;
      same.set(entry.path, member.mode);
      if (member.mtime === -1) replaced = Math.max(replaced, entry.mtime);
    }
    if (same.size === 0 && own.length > 0) return undefined;
    const umask = umaskOf(same, entries);
    const isMade = ({ path, type, mode }: FileEntry) =>
      type === 'file' ? mode === ((same.get(path) ?? -1) & ~umask) : same.has(path);
    const apart = own.flatMap((entry) => (isMade(entry) ? [] : [entry.path]));
    return { archive, installing: { ...options, umask, replaced }, owner: { uid, gid }, apart };
  } catch {
    // Damaged, not readable or of a kind that is not known: the installed files are packed, and nothing is lost.
    return undefined;
  }
}

async function isSame(member: Unpacked, entry: FileEntry): Promise<boolean> {
  if (member.type === 'symlink') return entry.type === 'symlink' && entry.target === member.target;
  if (member.type !== 'file' || entry.type !== 'file') return false;
  const hash = createHash('sha256');
  for await (const chunk of member.content) hash.update(chunk);
  // Python knows compiled code by the date of its source.
  const isDated = member.mtime === entry.mtime || (member.mtime === -1 && !entry.path.endsWith('.py'));
  return hash.digest('hex') === entry.hash && isDated;
}

/** With which most files have the modes that they have; `packed` has those in the package. */
function umaskOf(packed: ReadonlyMap<FilePath, number>, entries: ReadonlyMap<FilePath, FileEntry>): number {
  const fits = (umask: number) =>
    [...packed].filter(([path, mode]) => entries.get(path)?.mode === (mode & ~umask)).length;
  const counted = [0, 0o022, 0o002, 0o027, 0o077].map((umask) => [umask, fits(umask)] as const);
  return counted.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
