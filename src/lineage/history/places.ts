import type { NodeId } from '../../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { PartialEntry } from '../../filesystem/trie/values.js';
import { type Glob, matchGlobs, parseGlobs } from '../../machines/globs.js';
import { createResolver } from '../../machines/resolver.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';

/** What one environment has at a path that was asked for. */
export interface Found {
  /** As it was asked for, or found by a glob. */
  readonly path: FilePath;
  /** Where it lies: another place where links lead there, such as `/usr/bin/ls` for `/bin/ls`. */
  readonly place: FilePath;
  readonly entry: PartialEntry;
}

/** The paths that are asked for: absolute, globs among them. */
export function globsOf(texts: readonly string[]): Glob[] {
  return parseGlobs(texts.map(pathFromText));
}

/** What an environment has at paths; links on the way are followed, one at the end is not. */
export function findPlaces(trie: FilesystemTrie, tag: string, globs: readonly Glob[]): Found[] {
  // Links to folders may lead in circles, in which what takes any depth would not end.
  const isBounded = globs.every(isOfKnownDepth);
  const number = trie.tags.indexOf(tag);
  const has = (node: NodeId | undefined): node is NodeId =>
    node !== undefined && trie.tagSets.has(trie.setOf(node), number);
  const entryAt = (path: FilePath): PartialEntry | undefined => trie.entry(path, tag);
  const resolve = createResolver((path) => {
    const node = trie.nodeAt(path);
    if (!has(node)) return undefined;
    const { type, target } = entryAt(path) ?? {};
    const hasBelow = trie.childrenOf(node).next().done !== true;
    return { type: type ?? (hasBelow ? 'directory' : 'file'), ...(target !== undefined && { target }) };
  });
  const placeOf = (path: FilePath) => resolve(path, { followLast: false }).path;
  const namesIn = (folder: FilePath): FilePath[] | undefined => {
    const node = trie.nodeAt(resolve(folder, { followLast: isBounded }).path);
    if (!has(node)) return undefined;
    return [...trie.childrenOf(node)].filter(has).map((child) => trie.nameOf(child) as FilePath);
  };
  return matchGlobs(globs, namesIn).flatMap((path) => {
    const place = placeOf(path);
    const entry = entryAt(place);
    const isAround = !isBounded && place !== path;
    return entry === undefined || isAround ? [] : [{ path, place, entry }];
  });
}

function isOfKnownDepth({ below }: Glob): boolean {
  return below.flat().every((part) => typeof part !== 'symbol');
}
