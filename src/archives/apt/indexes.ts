import { codeOf, reasonOf } from '../../errors.js';
import { decompress, type Suffix, suffixes } from '../../filesystem/decompress.js';
import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FilePath, joinPath, pathFromText, showPath } from '../../model/file-path.js';
import type { Stanza } from './deb822.js';
import { type IndexName, indexNames, listsFolder } from './lists.js';
import { scanPackages } from './packages-index.js';
import { parseRelease, type Release } from './release.js';
import { type AptSource, readSources } from './sources.js';

/** One Packages index that lies on a machine, with what its Release file says. */
export interface PackagesIndex extends IndexName {
  readonly path: FilePath;
  readonly suffix: Suffix;
  readonly release: Release;
}

/**
 * Every Packages index of the machine's configured sources that apt has downloaded, the sources without one, and what
 * of apt's could not be read, as whole sentences.
 */
export async function findIndexes(
  machine: Machine,
  architectures: readonly string[],
  options: { readonly sources?: readonly AptSource[]; readonly folder?: FilePath } = {},
): Promise<{
  readonly indexes: readonly PackagesIndex[];
  readonly missing: readonly AptSource[];
  readonly problems: readonly string[];
}> {
  const problems: string[] = [];
  const unreadable: Unreadable = (path, code) =>
    problems.push(`${showPath(path)} cannot be read (${code}): the archives that it names are not known.`);
  const sources = options.sources ?? (await readSources(machine, unreadable));
  const folder = options.folder ?? pathFromText(listsFolder);
  const present = new Set<string>(
    await machine.files.list(folder).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') problems.push(`${showPath(folder)} cannot be read: ${reasonOf(error)}.`);
      return [];
    }),
  );
  const releases = new Map<string, Promise<Release>>();
  const releaseOf = (names: readonly string[]) => {
    const file = names.find((name) => present.has(name)) ?? '';
    const known = releases.get(file) ?? readRelease(machine, folder, file);
    releases.set(file, known);
    return known;
  };
  const indexes: PackagesIndex[] = [];
  for (const index of sources.flatMap((source) => indexNames(source, architectures))) {
    const suffix = suffixes.find((candidate) => present.has(index.file + candidate));
    if (suffix === undefined) continue;
    const path = joinPath(folder, pathFromText(index.file + suffix));
    indexes.push({ ...index, path, suffix, release: await releaseOf(index.releaseFiles) });
  }
  const found = new Set(indexes.map((index) => index.source));
  return { indexes, missing: sources.filter((source) => !found.has(source)), problems };
}

/** The stanzas of the wanted packages from one index of a machine. */
export async function* readIndex(
  machine: Machine,
  index: PackagesIndex,
  wanted: (name: string) => boolean,
): AsyncGenerator<Stanza> {
  const content = machine.files.stream(index.path);
  try {
    yield* scanPackages(decompress(content, index.suffix, `the index ${index.file}`), wanted);
  } catch (error) {
    throw new Error(`the index ${index.file} on ${machine.label} cannot be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    content.destroy();
  }
}

async function readRelease(machine: Machine, folder: FilePath, file: string): Promise<Release> {
  if (file === '') return parseRelease('');
  const content = await machine.files.read(joinPath(folder, pathFromText(file)));
  return parseRelease(content.toString('utf8'));
}
