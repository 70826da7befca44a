import { serversThatAnswer } from '../../archives/reachable.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import {
  leftOutOf,
  type PackedEntry,
  type PackedTree,
  packing,
  packingProblems,
  packTrees,
} from '../../packaging/repacked-tree.js';
import type { FoundTarball } from './caches.js';
import type { Closure } from './closure.js';
import type { InstalledPackage } from './installed-tree.js';
import type { Members } from './members.js';
import { programNames } from './package-json.js';
import { digestOf } from './records.js';
import type { NpmPackage } from './schema.js';
import { type Unpacking, unpackingOf } from './tarball.js';

interface LockRequest {
  readonly context: FinishContext;
  readonly closure: Closure;
  readonly members: Members;
  readonly tarballs: ReadonlyMap<FilePath, FoundTarball | undefined>;
  readonly used: ReadonlyMap<FilePath, InstalledPackage>;
}

interface Locked {
  readonly packages: NpmPackage[];
  readonly notes: readonly string[];
  /** Files of packages that no copy has. */
  readonly leftOut: ReadonlySet<FilePath>;
}

/** The closure for the lock: each package by a tarball that makes exactly what is installed, or else as it is. */
export async function lockedPackages(request: LockRequest): Promise<Locked> {
  const { context, closure, members, used } = request;
  const unpacked = await findUnpackings(request);
  const copies = await packTrees(toRepack(request, unpacked), packing(context));
  const kept = await keepTarballs(request, unpacked);
  const notes: string[] = [];
  const packages = closure.packages.map((each): NpmPackage => {
    const { folder, ref, record } = each;
    const copy = kept.get(folder) ?? copies.get(folder);
    const content = copy && 'hash' in copy ? copy : undefined;
    const known = unpacked.get(folder);
    const needs = [...(closure.needs.get(folder) ?? [])].sort(comparePaths).map(showPath);
    const problems = [
      ...(closure.problems.get(folder) ?? []),
      ...packingProblems(copy),
      ...originProblems(each, content !== undefined || known !== undefined),
    ];
    for (const problem of problems) notes.push(`${ref.name}@${ref.version} in ${showPath(folder)}: ${problem}`);
    return {
      name: ref.name,
      version: ref.version,
      at: showPath(folder),
      used: used.has(folder),
      ...(needs.length > 0 ? { needs } : {}),
      ...(record.optional ? { optional: true } : {}),
      ...(record.resolved === undefined ? {} : { resolved: record.resolved }),
      ...(record.integrity === undefined ? {} : { integrity: record.integrity }),
      certainty: certaintyOf(each, known, content),
      ...(known ? { unpacked: known, owner: ownerOf(members.packages.get(folder)) } : {}),
      ...(content ? { content: content.hash, size: content.size } : {}),
      ...(problems.length > 0 ? { problems } : {}),
    };
  });
  return { packages, notes, leftOut: leftOutOf(copies.values()) };
}

function certaintyOf(
  { record }: InstalledPackage,
  unpacked: Unpacking | undefined,
  content: object | undefined,
): NpmPackage['certainty'] {
  if (unpacked) return 'verified';
  if (content) return 'repacked';
  if (digestOf(record.integrity)) return 'indexed';
  return record.resolved === undefined ? 'unknown' : 'version-only';
}

/** What a lock file's origin means for getting the package back. */
function originProblems({ record: { resolved, integrity } }: InstalledPackage, isHere: boolean): string[] {
  const commit = /^git\+.*#([0-9a-f]{7,40})$/.exec(resolved ?? '')?.[1];
  if (commit !== undefined && !isHere)
    return [`It is not reinstallable from here: it is of commit ${commit} of a git repository, and no copy was made.`];
  if (!isHere && !digestOf(integrity))
    return ['It is not reinstallable: no lock file has its digest, and no copy was made.'];
  return [];
}

/** How npm makes what is installed of a tarball that was found, where it does. */
async function findUnpackings({ context, closure, members, tarballs }: LockRequest): Promise<Map<FilePath, Unpacking>> {
  const { machine, signal } = context;
  const withTarball = closure.packages.filter(({ folder }) => tarballs.get(folder));
  const paths = withTarball.flatMap(({ folder }) => filesIn(members.packages.get(folder)).map(({ path }) => path));
  const hashed = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of machine.files.entries(paths, { hash: true, ...(signal ? { signal } : {}) })) {
    if (entry) hashed.set(path, entry);
  }
  const unpacked = new Map<FilePath, Unpacking>();
  for (const { folder, json } of withTarball) {
    const own = members.packages.get(folder) ?? [];
    const isPlain = own.every(
      ({ type, uid, gid }) => /^(?:file|directory)$/.test(type) && uid === own[0]?.uid && gid === own[0]?.gid,
    );
    const installed = new Map(
      filesIn(own).flatMap(({ path }) => {
        const entry = hashed.get(path);
        return entry ? [[path.slice(folder.length + 1) as FilePath, entry] as const] : [];
      }),
    );
    const tarball = tarballs.get(folder);
    const found = isPlain && tarball && unpackingOf(tarball.files, installed, new Set(programPaths(json)));
    if (found) unpacked.set(folder, found);
  }
  return unpacked;
}

function filesIn(entries: readonly FileEntry[] = []): FileEntry[] {
  return entries.filter(({ type }) => type === 'file');
}

function programPaths(json: InstalledPackage['json']): string[] {
  const paths = typeof json.bin === 'string' ? [json.bin] : Object.values(json.bin ?? {});
  return programNames(json).length === 0 ? [] : paths.map((path) => path.replace(/^(?:\.?\/)+/, ''));
}

function ownerOf(entries: readonly FileEntry[] = []) {
  const [{ uid, gid } = { uid: 0, gid: 0 }] = entries;
  return { uid, gid };
}

/** Packages that no tarball makes as they are, with their members as a tarball would have them. */
function toRepack(
  { context, closure, members }: LockRequest,
  unpacked: ReadonlyMap<FilePath, Unpacking>,
): Map<FilePath, PackedEntry[]> {
  const packed = new Map<FilePath, PackedEntry[]>();
  if (context.repack === 'none') return packed;
  for (const { folder } of closure.packages) {
    if (unpacked.has(folder)) continue;
    const entries = (members.packages.get(folder) ?? []).filter(({ path }) => path !== folder);
    packed.set(
      folder,
      entries.map((entry) => ({ name: `package${entry.path.slice(folder.length)}`, entry })),
    );
  }
  return packed;
}

/** Tarballs that are kept among the contents, because no registry is known to have them. */
async function keepTarballs(
  request: LockRequest,
  unpacked: ReadonlyMap<FilePath, Unpacking>,
): Promise<Map<FilePath, PackedTree>> {
  const { context, closure, tarballs } = request;
  const kept = new Map<FilePath, PackedTree>();
  if (context.repack === 'none') return kept;
  const verified = closure.packages.filter(({ folder }) => unpacked.has(folder));
  const urls = context.repack === 'all' ? [] : verified.map(({ record: { resolved = '' } }) => resolved);
  const isThere = await serversThatAnswer(urls, context.signal);
  const wanted = new Map<FilePath, FilePath[]>();
  for (const { folder, record } of verified) {
    const path = tarballs.get(folder)?.path;
    if (path === undefined || isThere(record.resolved ?? '')) continue;
    wanted.set(path, [...(wanted.get(path) ?? []), folder]);
  }
  for await (const { path, content } of context.machine.files.contents([...wanted.keys()])) {
    const copy = await context.contents.add(content);
    for (const folder of wanted.get(path) ?? []) kept.set(folder, copy);
  }
  return kept;
}
