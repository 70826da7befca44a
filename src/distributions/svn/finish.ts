import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { FinishContext, Finished } from '../../packaging/reader.js';
import { publicUrl } from '../../packaging/remote-urls.js';
import { leftOutOf, type PackedTree, packing, packingProblems, packTrees } from '../../packaging/repacked-tree.js';
import { isSystemFolder, nameInTree, privateAmong, wholeTreeBytes } from '../../packaging/working-tree.js';
import type { LockedWorkingCopy, SvnLock, SvnManifest } from './schema.js';
import { findConditions, type WorkingCopy } from './working-copy.js';

/** A used working copy with what is put in place of it. */
interface Placed {
  readonly copy: WorkingCopy;
  readonly entries: readonly FileEntry[];
  readonly files: number;
  readonly isWhole: boolean;
  readonly changed: readonly FilePath[];
}

/** Writes both halves of the working copies that own anything that was used, and keeps their files. */
export async function finishSvn(
  copies: readonly WorkingCopy[],
  context: FinishContext,
): Promise<Finished<SvnManifest, SvnLock>> {
  const placed: Placed[] = [];
  for (const copy of copies.toSorted((a, b) => comparePaths(a.at, b.at))) {
    const owned = context.owned.filter((owner) => owner.package?.at === copy.at).map(({ path }) => path);
    // A run that checks a working copy out makes it again.
    const isMade = context.isNew?.(joinPath(copy.at, '.svn/wc.db'));
    const isWanted = owned.length > 0 || context.needed.some((each) => each.at === copy.at);
    if (isWanted && !isMade) placed.push(await place(copy, owned, context));
  }
  const trees = new Map(
    placed.map(({ copy, entries }) => [copy, entries.map((entry) => ({ name: entry.path.slice(1), entry }))]),
  );
  const isKept = context.repack !== 'none';
  const packed = isKept ? await packTrees(trees, packing(context)) : new Map<WorkingCopy, PackedTree>();
  const leftOut = leftOutOf(packed.values());
  const files = placed.flatMap(({ entries }) => entries.map(({ path }) => path));
  const packages = placed.map((each) => lockedCopy(each, packed.get(each.copy)));
  return {
    manifest: { name: 'svn', workingCopies: packages.map(summarize) },
    lock: { name: 'svn', packages },
    files: [...new Set(files)].filter((path) => !leftOut.has(path)),
    notes: packages.flatMap(({ at, problems = [] }) => problems.map((problem) => `${at} (svn): ${problem}`)),
    epoch: Math.max(0, ...placed.map(({ copy }) => copy.date)),
  };
}

async function place(copy: WorkingCopy, owned: readonly FilePath[], context: FinishContext): Promise<Placed> {
  const { machine, signal, isNew } = context;
  const { at, files } = copy;
  const all = [...files.keys()].filter((name) => !isNew?.(joinPath(at, name)));
  const bytes = [...files.values()].reduce((sum, { size = 0 }) => sum + size, 0);
  const isWhole = bytes <= wholeTreeBytes && !isSystemFolder(at);
  const used = new Set(owned.map((path) => nameInTree(path, at)));
  const conditions = await findConditions(isWhole ? all : all.filter((name) => used.has(name)), copy, machine, signal);
  const present = [...conditions.values()].flatMap(({ entry }) => entry ?? []);
  const isSvnUsed = owned.includes(joinPath(at, '.svn/wc.db'));
  if (isSvnUsed) present.push(...(await pristineFiles([...conditions.keys()], copy, context)));
  const folders = new Set<FilePath>();
  for (const { path } of present) {
    for (let above = parentPath(path); above !== '/' && !folders.has(above); above = parentPath(above)) {
      folders.add(above);
    }
  }
  const entries = [...present];
  for await (const [, entry] of machine.files.entries([...folders])) if (entry) entries.push(entry);
  return {
    copy,
    entries: entries.sort((a, b) => comparePaths(a.path, b.path)),
    files: conditions.size,
    isWhole,
    changed: [...conditions].filter(([, { change }]) => change !== undefined).map(([name]) => name),
  };
}

/**
 * What svn compares a file with whose date is not the very same as it noted, to the microsecond: where a run used svn,
 * it needs them. That of a secret is one too.
 */
async function pristineFiles(
  names: readonly FilePath[],
  { at, files }: WorkingCopy,
  { machine, mayCarry, signal }: FinishContext,
): Promise<FileEntry[]> {
  const places = names.map((name) => joinPath(at, name));
  const secrets = await privateAmong(machine, places, mayCarry, signal);
  const pristine = places.flatMap((path) => {
    const sha1 = secrets.has(path) ? undefined : files.get(nameInTree(path, at))?.sha1;
    return sha1 === undefined ? [] : [joinPath(at, `.svn/pristine/${sha1.slice(0, 2)}/${sha1}.svn-base`)];
  });
  const entries: FileEntry[] = [];
  for await (const [, entry] of machine.files.entries(pristine)) if (entry) entries.push(entry);
  return entries;
}

function lockedCopy(
  { copy: { ref, at, url, uuid }, files, isWhole, changed }: Placed,
  packed: PackedTree | undefined,
): LockedWorkingCopy {
  const shown = publicUrl(url);
  const problems = problemsOf(packed, `${shown}@${ref.version.split(':').at(-1)}`);
  return {
    name: ref.name,
    version: ref.version,
    at: showPath(at),
    used: true,
    certainty: packed && 'hash' in packed ? 'repacked' : 'unknown',
    url: shown,
    uuid,
    files,
    ...(isWhole ? {} : { only: 'used' }),
    changed: changed.map(showPath).sort(comparePaths),
    ...(packed && 'hash' in packed ? { content: packed.hash, size: packed.size } : {}),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

function problemsOf(packed: PackedTree | undefined, address: string): string[] {
  if (packed) return packingProblems(packed);
  return [`It is not carried, and create does not ask its server: svn checkout ${address} has it.`];
}

function summarize({ at, url, version, changed }: LockedWorkingCopy): SvnManifest['workingCopies'][number] {
  return { path: at, url, revision: version, ...(changed.length > 0 ? { changed: changed.length } : {}) };
}
