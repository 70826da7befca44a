import { createHash } from 'node:crypto';
import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, joinPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { type Availability, findAvailability } from './annex.js';
import { type AnnexKey, keyAtPath } from './annex-key.js';
import type { Findings, KeptContent } from './findings.js';
import type { Repository } from './repository.js';

/** Content that can be had from no address is carried up to this size; what is larger is data that people supply. */
const carriedBytes = 1024 * 1024;
const linkMode = 0o120000;

/** A repository with what was found out about it. */
type Known = readonly [Repository, Findings];

/** Decides about contents that git-annex and git-lfs keep outside of commits. */
export class KeptContents {
  readonly #machine: Machine;
  readonly #files = new Map<Repository, Promise<ReadonlyMap<string, FilePath>>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The file that stands for a content at a path in the object store: a link to it, where there is one. */
  async fileFor(path: FilePath, repository: Repository): Promise<FilePath | undefined> {
    const key = keyAtPath(path);
    if (!key) return undefined;
    const known = this.#files.get(repository) ?? filesOfKeys(repository, this.#machine);
    this.#files.set(repository, known);
    return (await known).get(key.file);
  }

  /** Contents in the object store: are they those of their keys? Gives the owners that change. */
  async judgeStored(stored: ReadonlyMap<FilePath, Known>, signal: AbortSignal | undefined): Promise<Owner[]> {
    const owners: Owner[] = [];
    const options = signal ? { signal } : {};
    const entries = new Map<FilePath, FileEntry>();
    for await (const [path, entry] of this.#machine.files.entries([...stored.keys()], options)) {
      if (entry) entries.set(path, entry);
    }
    for await (const { path, content } of this.#machine.files.contents([...entries.keys()], options)) {
      const [known, key, entry] = [stored.get(path), keyAtPath(path), entries.get(path)];
      if (!known || !key || !entry) continue;
      const own = createHash('sha256');
      const claimed = key.hash && createHash(key.hash.algorithm);
      for await (const chunk of content) {
        own.update(chunk);
        claimed?.update(chunk);
      }
      const isOther = claimed !== undefined && claimed.digest('hex') !== key.hash?.value;
      const owner: Owner | undefined = isOther
        ? { path, state: 'modified', package: known[1].ref, rule: 'content' }
        : await this.keep({ entry, sha256: own.digest('hex'), key }, known);
      if (owner) owners.push(owner);
    }
    return owners;
  }

  /** What can be had again, or is small, is the repository's; all else is data, to be supplied to who runs it. */
  async keep(
    content: Omit<KeptContent, 'availability'>,
    [repository, { ref, contents, problems }]: Known,
  ): Promise<Owner | undefined> {
    const { entry, key } = content;
    const { path, size } = entry;
    const availability = await availabilityOf(key, repository, problems);
    contents.set(path, { ...content, availability });
    if (availability.urls.length > 0 || size <= carriedBytes) return undefined;
    const file = await this.fileFor(path, repository);
    return { path, state: 'loose', package: ref, rule: 'data', ...(file ? { listedAs: file } : {}) };
  }
}

async function availabilityOf(
  key: AnnexKey | undefined,
  repository: Repository,
  problems: Set<string>,
): Promise<Availability> {
  try {
    if (key) return await findAvailability(key, repository);
  } catch (error) {
    problems.add(`Where the contents of its annex are cannot be read: ${reasonOf(error)}.`);
  }
  return { urls: [], places: [] };
}

/** By their keys: the links into the object store. */
async function filesOfKeys({ at, tracked }: Repository, { files }: Machine): Promise<Map<string, FilePath>> {
  const links = [...tracked].flatMap(([name, { mode }]) => (mode === linkMode ? [joinPath(at, name)] : []));
  const found = new Map<string, FilePath>();
  for await (const [path, entry] of files.entries(links)) {
    const key = entry?.target && keyAtPath(entry.target);
    if (key) found.set(key.file, path);
  }
  return found;
}
