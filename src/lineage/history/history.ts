import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import { showMode } from '../../model/file-entry.js';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { PackageFact } from '../../sources/facts.js';
import { packageText, type SourceFacts } from '../../sources/facts.js';
import { findPlaces, globsOf } from './places.js';

/** One content of a path, and the sources that have it. */
export interface FileVersion {
  /** `sha256:HEX`, `-> TARGET` of a link, the type of what has no content, `N bytes` where only the size is known. */
  readonly content: string;
  readonly size?: number;
  /** Octal; several where sources differ. */
  readonly modes: readonly string[];
  readonly packages: readonly PackageFact[];
  /** In the order in which they were given: the first and the last say since when and until when. */
  readonly sources: readonly string[];
  /** Where it lies in sources where links lead elsewhere. */
  readonly places?: readonly string[];
}

export interface PathHistory {
  readonly path: string;
  /** In the order of the first source that has each. */
  readonly versions: readonly FileVersion[];
  readonly missing: readonly string[];
}

/** Every version of files across sources; paths may be globs. */
export function historyOf(
  paths: readonly string[],
  trie: FilesystemTrie,
  facts: ReadonlyMap<string, SourceFacts>,
): PathHistory[] {
  const globs = globsOf(paths);
  const names = [...facts.keys()];
  const found = new Map<FilePath, Map<string, Sighting[]>>();
  for (const source of names) {
    const packages = new Map((facts.get(source)?.packages ?? []).map((each) => [packageText(each), each]));
    for (const { path, place, entry } of findPlaces(trie, source, globs)) {
      const versions = found.get(path) ?? new Map<string, Sighting[]>();
      found.set(path, versions);
      const owner = entry.package === undefined ? undefined : packages.get(entry.package);
      const content = contentOf(entry);
      versions.set(content, [...(versions.get(content) ?? []), { source, place, entry, owner }]);
    }
  }
  return [...found]
    .sort(([one], [other]) => comparePaths(one, other))
    .map(([path, versions]) => {
      const having = new Set([...versions.values()].flat().map(({ source }) => source));
      return {
        path: showPath(path),
        versions: [...versions].map(([content, sightings]) => versionOf(path, content, sightings)),
        missing: names.filter((name) => !having.has(name)),
      };
    });
}

interface Sighting {
  readonly source: string;
  readonly place: FilePath;
  readonly entry: PartialEntry;
  readonly owner: PackageFact | undefined;
}

function contentOf({ type, hash, target, size, unreadable }: PartialEntry): string {
  if (target !== undefined) return `-> ${showPath(target)}`;
  if (type !== undefined && type !== 'file') return type;
  if (hash !== undefined) return `sha256:${hash}`;
  if (unreadable !== undefined) return `unreadable (${unreadable})`;
  return size === undefined ? 'not known' : `${size} bytes`;
}

function versionOf(path: FilePath, content: string, sightings: readonly Sighting[]): FileVersion {
  const size = sightings[0]?.entry.size;
  const isFile = content.startsWith('sha256:');
  const modes = sightings.flatMap(({ entry: { mode } }) => (mode === undefined ? [] : [showMode(mode)]));
  const packages = new Map(sightings.flatMap(({ owner }) => (owner ? [[packageText(owner), owner] as const] : [])));
  const places = new Set(sightings.map(({ place }) => place).filter((place) => place !== path));
  return {
    content,
    ...(isFile && size !== undefined && { size }),
    modes: [...new Set(modes)].sort(),
    packages: [...packages.values()],
    sources: sightings.map(({ source }) => source),
    ...(places.size > 0 && { places: [...places].map(showPath) }),
  };
}
