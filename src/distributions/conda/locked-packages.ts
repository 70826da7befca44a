import { serversThatAnswer } from '../../archives/reachable.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import {
  leftOutOf,
  type PackContext,
  type PackedEntry,
  type PackedTree,
  packing,
  packingProblems,
  packTrees,
} from '../../packaging/repacked-tree.js';
import type { Closure } from './finish.js';
import { type FoundPackage, findPackages } from './found-packages.js';
import { type CondaRecord, dependencyNames } from './record.js';
import type { CondaPackage } from './schema.js';

interface Locked {
  readonly packages: CondaPackage[];
  /** Files that the packages they belong to do not make as they are. */
  readonly apart: ReadonlySet<FilePath>;
  readonly notes: readonly string[];
  /** Files of packages that no copy has. */
  readonly leftOut: ReadonlySet<FilePath>;
}

/** The closure for the lock: each package by an archive that makes what is installed, or else as it is. */
export async function lockedPackages(closure: Closure, context: FinishContext): Promise<Locked> {
  const { records, used, entries } = closure;
  const notes: string[] = [];
  const found = await findPackages(records, entries, context, (path, code) =>
    notes.push(`${showPath(path)} cannot be read (${code}): packages of conda in a cache may be missed.`),
  );
  const copies = await packTrees(toRepack(closure, context, found), packingOf(closure, context));
  const kept = await keepPackages(found, context);
  const names = new Map(records.map((each) => [`${each.prefix} ${each.name}`, each]));
  const packages = records.map((each): CondaPackage => {
    const { name, version, build, subdir, prefix, channel, url, fn, sha256, md5 } = each;
    const known = found.get(each);
    const copy = kept.get(each) ?? copies.get(each);
    const content = copy && 'hash' in copy ? copy : undefined;
    const certainty = known
      ? 'verified'
      : content
        ? 'repacked'
        : sha256 || md5
          ? 'indexed'
          : url
            ? 'version-only'
            : 'unknown';
    const problems = [...packingProblems(copy), ...scriptProblems(each)];
    for (const problem of problems) notes.push(`${name}=${version} in ${showPath(prefix)}: ${problem}`);
    const needs = dependencyNames(each).filter((need) => names.has(`${prefix} ${need}`));
    const size = content?.size ?? each.size ?? undefined;
    return {
      ...{ name, version, build, at: showPath(prefix), used: used.has(each), certainty },
      ...(subdir === undefined ? {} : { architecture: subdir }),
      ...(needs.length > 0 ? { needs } : {}),
      ...(channel === undefined ? {} : { channel }),
      ...(url === undefined ? {} : { url }),
      ...(fn === undefined ? {} : { file: fn }),
      ...(sha256 ? { sha256 } : {}),
      ...(md5 ? { md5 } : {}),
      ...(size === undefined ? {} : { size }),
      ...(known ? { installing: known.installing, owner: known.owner } : {}),
      ...(content ? { content: content.hash } : {}),
      ...(problems.length > 0 ? { problems } : {}),
    };
  });
  const apart = new Set([...found.values()].flatMap((each) => each.apart));
  return { packages, apart, notes, leftOut: leftOutOf(copies.values()) };
}

/** What is as its package has it is published, whatever it looks like. */
function packingOf({ records, entries }: Closure, context: FinishContext): PackContext {
  const { mayPack = () => true, ...rest } = packing(context);
  const recorded = new Map(records.flatMap(({ paths }) => paths.map(({ path, hash }) => [path, hash] as const)));
  const isPublished = (path: FilePath) => {
    const hash = recorded.get(path);
    return hash !== undefined && entries.get(path)?.hash === hash;
  };
  return { ...rest, mayPack: (path, head) => isPublished(path) || mayPack(path, head) };
}

/** What the scripts of a package made is in no record. */
function scriptProblems({ paths, name }: CondaRecord): string[] {
  const isScript = ({ path }: { path: FilePath }) => path.endsWith(`/bin/.${name}-post-link.sh`);
  return paths.some(isScript)
    ? ['It ran a script when it was installed; what that made is known only where a run used it.']
    : [];
}

function toRepack(
  { records, entries }: Closure,
  { repack }: FinishContext,
  found: ReadonlyMap<CondaRecord, FoundPackage>,
): Map<CondaRecord, PackedEntry[]> {
  const packed = new Map<CondaRecord, PackedEntry[]>();
  if (repack === 'none') return packed;
  for (const each of records) {
    if (found.has(each)) continue;
    const own = each.paths.flatMap(({ path }) => entries.get(path) ?? []).filter(isPackable);
    packed.set(
      each,
      own.map((entry) => ({ name: entry.path.slice(each.prefix.length + 1), entry })),
    );
  }
  return packed;
}

function isPackable({ type }: FileEntry): boolean {
  return type === 'file' || type === 'symlink' || type === 'directory';
}

/** Packages that are kept among the contents, because no channel is known to have them. */
async function keepPackages(
  found: ReadonlyMap<CondaRecord, FoundPackage>,
  { machine, contents, repack, signal }: FinishContext,
): Promise<Map<CondaRecord, PackedTree>> {
  const kept = new Map<CondaRecord, PackedTree>();
  if (repack === 'none') return kept;
  const urls = repack === 'all' ? [] : [...found.keys()].map(({ url = '' }) => url);
  const isThere = await serversThatAnswer(urls, signal);
  for (const [record, { archive }] of found) {
    if (!isThere(record.url ?? '')) kept.set(record, await contents.add(machine.files.stream(archive)));
  }
  return kept;
}
