import { ReproError } from '../../errors.js';
import { comparePaths, type FilePath, joinPath, parsePath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { FinishContext } from '../../packaging/reader.js';
import { nameInTree } from '../../packaging/working-tree.js';
import { foldersAbove, keepCheckout, keepContents, keepEdited, type UsedContent, withoutPrivate } from './carry.js';
import type { Condition } from './conditions.js';
import type { Findings } from './findings.js';
import { leftOutNotes, missingContents } from './notes.js';
import type { Origin } from './origin.js';
import type { Repository } from './repository.js';
import { isPlaced, type LockedRepository } from './schema.js';
import { filesToPlace, listCheckout } from './worktree.js';

/** A repository with what was found out about it. */
export interface FoundRepository {
  readonly repository: Repository;
  readonly findings: Findings;
  /** How tracked files are; what is known already is not looked at again. */
  look(paths: readonly FilePath[]): Promise<ReadonlyMap<FilePath, Condition>>;
}

/** What the lock says of a working tree that create puts in place. */
interface PlacedTree extends Pick<LockedRepository, 'checkout' | 'folders' | 'changed' | 'edited' | 'contents'> {
  /** All that will be there. */
  readonly files: readonly FilePath[];
  readonly notes: readonly string[];
}

/** Checkouts up to this size are carried in any case: they are there when the remote is not. */
const smallBytes = 16 * 1024 * 1024;

/** Lists what is as in the commit, and keeps what is not, or what nobody else has. */
export async function placeWorkingTree(
  { repository, findings, look }: FoundRepository,
  owned: readonly Owner[],
  { isElsewhere }: Origin,
  context: FinishContext,
): Promise<PlacedTree> {
  const { repack, isNew, machine } = context;
  const { at, tracked } = repository;
  const used = new Set(owned.map(({ path }) => nameInTree(path, at)).filter((path) => tracked.has(path)));
  const { paths, isWhole } = filesToPlace(repository, used, isNew);
  const conditions = await look(paths);
  const isLeftToRemote = isElsewhere && committedBytes(conditions) > smallBytes;
  const isCarried = repack === 'all' || (repack === 'missing' && !isLeftToRemote);
  const placed = await withoutPrivate(paths, at, context);
  const listing = await listCheckout(repository, conditions, placed, context);
  const checkout = await keepCheckout(listing, at, isCarried, context).catch((error: unknown) => {
    if (!(error instanceof ReproError) || error.kind !== 'step-failed') throw error;
    findings.problems.add(`Its files changed while they were read (${error.message}): trace again.`);
    return undefined;
  });
  const changed = paths.filter((path) => isChanged(conditions.get(path)));
  const unused = changed.filter((path) => !used.has(path));
  const edited = await keepEdited(unused, at, conditions, context);
  const contents = await keepContents(usedContents(owned, findings, at), context);
  const inTar = checkout ? listing.entries.map(({ path }) => joinPath(at, parsePath(path))) : [];
  const files = [...inTar, ...[...edited, ...contents.filter(isPlaced)].map(({ path }) => parsePath(path))];
  return {
    ...(checkout ? { checkout: { ...checkout, ...(isWhole ? {} : { only: 'used' }) } } : {}),
    folders: await foldersAbove([...files, at], new Set(inTar), machine),
    changed: changed.map(showPath).sort(comparePaths),
    edited,
    contents,
    files,
    notes: [...missingContents(contents), ...leftOutNotes(paths, placed)],
  };
}

function committedBytes(conditions: ReadonlyMap<FilePath, Condition>): number {
  let bytes = 0;
  for (const condition of conditions.values()) if (condition.is === 'committed') bytes += condition.entry.size;
  return bytes;
}

function isChanged(condition: Condition | undefined): boolean {
  return condition?.is === 'changed' || condition?.is === 'removed';
}

function usedContents(owned: readonly Owner[], { contents }: Findings, at: FilePath): UsedContent[] {
  return owned.flatMap(({ path, state, listedAs }) => {
    const content = contents.get(path);
    return content ? [{ ...content, file: nameInTree(listedAs ?? path, at), isInput: state === 'loose' }] : [];
  });
}
