import { checkoutTar, type Listing } from '../../archives/git/checkout.js';
import { canonicalJson, sha256OfStream } from '../../hash.js';
import type { FileContent, Machine } from '../../machines/machine.js';
import { type FileEntry, showMode } from '../../model/file-entry.js';
import { comparePaths, type FilePath, joinPath, parentPath, parsePath, showPath } from '../../model/file-path.js';
import type { FinishOptions } from '../../packaging/reader.js';
import { nameInTree, privateAmong } from '../../packaging/working-tree.js';
import type { Condition } from './conditions.js';
import type { KeptContent } from './findings.js';
import type { LockedContent, LockedRepository, Placed } from './schema.js';

type Context = Pick<FinishOptions, 'machine' | 'contents' | 'mayCarry' | 'signal'>;

/** Those of the tracked files that may be carried. */
export async function withoutPrivate(
  paths: readonly FilePath[],
  at: FilePath,
  { machine, mayCarry, signal }: Context,
): Promise<readonly FilePath[]> {
  const places = paths.map((path) => joinPath(at, path));
  const refused = await privateAmong(machine, places, mayCarry, signal);
  return paths.filter((path) => !refused.has(joinPath(at, path)));
}

/** Makes the tar of the listed files, and keeps it where nobody else has the commit. */
export async function keepCheckout(
  listing: Listing,
  at: FilePath,
  isCarried: boolean,
  { machine, contents, signal }: Context,
): Promise<LockedRepository['checkout']> {
  const files = listing.entries.filter(({ type }) => type === 'file').map(({ path }) => joinPath(at, parsePath(path)));
  if (listing.entries.length === 0) return undefined;
  async function* fromDisk(): AsyncGenerator<FileContent> {
    const read = machine.files.contents(files, signal ? { signal } : {});
    for await (const { path, content } of read) yield { path: nameInTree(path, at), content };
  }
  const tar = checkoutTar(listing, fromDisk());
  const { hash, size } = isCarried ? await contents.add(tar) : await sha256OfStream(tar);
  const kept = await contents.add(Buffer.from(canonicalJson(listing)));
  return { sha256: hash, size, listing: kept.hash, files: files.length, ...(isCarried ? { carried: true } : {}) };
}

/** Changed files that no run used: a working tree is put in place as it was. */
export async function keepEdited(
  paths: readonly FilePath[],
  at: FilePath,
  conditions: ReadonlyMap<FilePath, Condition>,
  context: Context,
): Promise<LockedRepository['edited']> {
  const entries = new Map<FilePath, FileEntry>();
  for (const path of await withoutPrivate(paths, at, context)) {
    const condition = conditions.get(path);
    const isKept = condition?.is === 'changed' && condition.entry.type === 'file';
    if (isKept) entries.set(joinPath(at, path), { ...condition.entry, path: joinPath(at, path) });
  }
  const edited: LockedRepository['edited'] = [];
  for await (const { path, content } of context.machine.files.contents([...entries.keys()])) {
    const { hash } = await context.contents.add(content);
    edited.push({ ...describePlace(entries.get(path) as FileEntry), sha256: hash });
  }
  return edited;
}

/** A content that was used, under the name of the file that stands for it. */
export interface UsedContent extends KeptContent {
  readonly file: FilePath;
  /** Too large to be carried, and at no address: supplied by who runs the command. */
  readonly isInput: boolean;
}

/** Contents that are had from their addresses, or are carried, or are inputs. */
export async function keepContents(
  all: readonly UsedContent[],
  { machine, contents }: Context,
): Promise<LockedContent[]> {
  const carried = all.filter(({ availability, isInput }) => availability.urls.length === 0 && !isInput);
  const hashes = new Map(carried.map(({ entry, sha256 }) => [entry.path, sha256]));
  for await (const { path, content } of machine.files.contents([...hashes.keys()])) {
    await contents.add(content, hashes.get(path));
  }
  return all.map(({ entry, sha256, key, file, availability }) => ({
    ...describePlace(entry),
    sha256,
    size: entry.size,
    file: showPath(file),
    ...(key ? { key: key.file } : {}),
    urls: [...availability.urls],
    ...(availability.places.length > 0 ? { places: [...availability.places] } : {}),
    ...(hashes.has(entry.path) ? { carried: true } : {}),
  }));
}

/** The folders on the way to what is put in place, but those that the tar has: parents first. */
export async function foldersAbove(
  paths: readonly FilePath[],
  inTar: ReadonlySet<FilePath>,
  machine: Machine,
): Promise<Placed[]> {
  const folders = new Set<FilePath>();
  for (const path of paths) {
    for (let at = parentPath(path); at !== '/' && !folders.has(at); at = parentPath(at)) folders.add(at);
  }
  const found: Placed[] = [];
  const wanted = [...folders].filter((path) => !inTar.has(path)).sort(comparePaths);
  for await (const [, entry] of machine.files.entries(wanted)) {
    if (entry?.type === 'directory') found.push(describePlace(entry));
  }
  return found;
}

function describePlace({ path, mode, uid, gid, mtime }: FileEntry): Placed {
  return { path: showPath(path), mode: showMode(mode), uid, gid, mtime };
}
