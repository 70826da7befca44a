import { createHash } from 'node:crypto';
import { blobHash } from '../../archives/git/checkout.js';
import { reasonOf } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import type { FileContent, Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, joinPath, pathToBytes } from '../../model/file-path.js';
import { annexUuid } from './annex.js';
import { type AnnexKey, keyInPointer } from './annex-key.js';
import { findInTree, readCommit } from './commits.js';
import type { IndexEntry } from './index-file.js';
import type { Repository } from './repository.js';

/** How a tracked file is, compared with the commit. */
export type Condition =
  | { readonly is: 'committed'; readonly entry: FileEntry; readonly blob: string }
  /** The commit has a pointer; the content is kept elsewhere by what it is. */
  | { readonly is: 'content'; readonly entry: FileEntry; readonly sha256: Sha256; readonly key?: AnnexKey }
  | {
      readonly is: 'changed';
      readonly entry: FileEntry;
      readonly rule: ChangeRule;
    }
  | { readonly is: 'removed' };

type ChangeRule = 'content' | 'staged' | 'line-ends' | 'replaced' | 'unreadable';

const linkMode = 0o120000;

/** Looks at the files themselves, never at the dates in the index; `paths` are tracked, from the root. Adds `problems`. */
export async function findConditions(
  paths: readonly FilePath[],
  repository: Repository,
  machine: Machine,
  problems: Set<string>,
  signal?: AbortSignal,
): Promise<Map<FilePath, Condition>> {
  const conditions = new Map<FilePath, Condition>();
  const places = new Map(paths.map((path) => [joinPath(repository.at, path), path]));
  const options = signal ? { signal } : {};
  const files = new Map<FilePath, FileEntry>();
  const isAsInIndex = (path: FilePath, entry: FileEntry, blob: string) =>
    conditions.set(path, { is: 'committed', entry, blob });
  for await (const [place, entry] of machine.files.entries([...places.keys()], options)) {
    const path = places.get(place) as FilePath;
    const tracked = repository.tracked.get(path) as IndexEntry;
    if (!entry) conditions.set(path, { is: 'removed' });
    else if (entry.type === 'file') files.set(place, entry);
    else if (entry.type === 'symlink' && tracked.mode === linkMode && linkBlob(entry, repository) === tracked.blob) {
      isAsInIndex(path, entry, tracked.blob);
    } else conditions.set(path, { is: 'changed', entry, rule: 'replaced' });
  }
  const others: FilePath[] = [];
  for await (const content of machine.files.contents([...files.keys()], options)) {
    const entry = files.get(content.path) as FileEntry;
    const path = places.get(content.path) as FilePath;
    const { blob } = repository.tracked.get(path) as IndexEntry;
    if ((await blobOf(content, entry, repository)) === blob) isAsInIndex(path, entry, blob);
    else others.push(content.path);
  }
  for await (const content of machine.files.contents(others, options)) {
    const entry = files.get(content.path) as FileEntry;
    const path = places.get(content.path) as FilePath;
    const tracked = repository.tracked.get(path) as IndexEntry;
    conditions.set(path, await lookCloser(content, entry, tracked, repository, problems));
  }
  for (const [place, entry] of files) {
    const path = places.get(place) as FilePath;
    if (!conditions.has(path)) conditions.set(path, { is: 'changed', entry, rule: 'unreadable' });
  }
  return conditions;
}

async function blobOf({ content }: FileContent, { size }: FileEntry, { algorithm }: Repository): Promise<string> {
  const hash = blobHash(algorithm, size);
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}

function linkBlob({ target = '' as FilePath }: FileEntry, { algorithm }: Repository): string {
  const bytes = pathToBytes(target);
  return blobHash(algorithm, bytes.length).update(bytes).digest('hex');
}

/** Larger files are not searched for line ends. */
const searchedBytes = 64 * 1024 * 1024;

/** What git does to files on their way into a commit: pointers of git-lfs and git-annex, line ends. */
async function lookCloser(
  { content }: FileContent,
  entry: FileEntry,
  { blob, mode }: IndexEntry,
  repository: Repository,
  problems: Set<string>,
): Promise<Condition> {
  const { algorithm } = repository;
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of content) {
    hash.update(chunk);
    if (entry.size <= searchedBytes) chunks.push(chunk);
  }
  const sha256 = hash.digest('hex');
  const idOf = (text: Buffer) => blobHash(algorithm, text.length).update(text).digest('hex');
  if (idOf(lfsPointer(sha256, entry.size)) === blob) return { is: 'content', entry, sha256 };
  if (annexUuid(repository) !== undefined && mode !== linkMode) {
    const key = await committedKey(blob, repository, problems);
    if (key && (key.size ?? entry.size) === entry.size) return { is: 'content', entry, sha256, key };
  }
  const text = Buffer.concat(chunks).toString('latin1');
  const isText = text.includes('\r\n') && idOf(Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1')) === blob;
  return { is: 'changed', entry, rule: isText ? 'line-ends' : 'content' };
}

/** The key in a pointer that was committed; undefined where something else was. */
async function committedKey(
  blob: string,
  repository: Repository,
  problems: Set<string>,
): Promise<AnnexKey | undefined> {
  try {
    const committed = await (await repository.objects()).get(blob);
    return committed && keyInPointer(committed.content);
  } catch (error) {
    problems.add(`Whether changed files have contents of its annex cannot be told: ${reasonOf(error)}.`);
    return undefined;
  }
}

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md, "The Pointer" */
function lfsPointer(sha256: Sha256, size: number): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`);
}

/** What is in the index and not in the commit is not committed, though it is as git has it. */
export async function markStaged(conditions: Map<FilePath, Condition>, repository: Repository): Promise<void> {
  const { head, indexTree, tracked } = repository;
  const objects = await repository.objects();
  const commit = head.commit === undefined ? undefined : await readCommit(head.commit, objects);
  if (head.commit !== undefined && !commit) throw new Error(`its commit ${head.commit} is not there`);
  if (commit && commit.tree === indexTree) return;
  for (const [path, condition] of conditions) {
    if (condition.is !== 'committed') continue;
    const committed = commit && (await findInTree(commit.tree, path, objects));
    const isCommitted = committed?.id === tracked.get(path)?.blob;
    if (!isCommitted) conditions.set(path, { is: 'changed', entry: condition.entry, rule: 'staged' });
  }
}
