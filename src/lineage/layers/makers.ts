import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { showPath } from '../../model/file-path.js';
import { openSource } from '../../sources/open.js';
import type { ReadOptions, Source, SourceLayer } from '../../sources/source.js';
import { findPlaces, globsOf } from '../history/places.js';
import { parseRecipe } from '../recipes/read.js';
import type { Recipe } from '../recipes/recipe.js';
import { fittingRecipe, imageSteps } from './align.js';

/** Which step of making an image a file is from. */
export interface Maker {
  readonly source: string;
  readonly path: string;
  /** From 1, the lowest first. */
  readonly layer: number;
  readonly digest: string;
  readonly instruction?: string;
  /** Of the recipe, where the source has one. */
  readonly line?: number;
}

/**
 * For each source that has layers, which of them made what it has at a path, or a glob of such. Lines are those of its
 * own recipe, else of the one of `recipes` that its history has the most of.
 */
export async function makersOf(
  path: string,
  sources: readonly Source[],
  options: ReadOptions,
  recipes: readonly Recipe[] = [],
): Promise<Maker[]> {
  const makers: Maker[] = [];
  for (const source of sources) {
    await using open = await openSource(source, { ...options, hash: false, packages: false });
    if (!open.layers) continue;
    const trie = new FilesystemTrie();
    const digests: string[] = [];
    for await (const layer of open.layers()) {
      digests.push(layer.digest);
      lay(trie, source.name, layer, digests.length);
    }
    const { image, recipe } = await open.facts();
    const own = recipe === undefined ? undefined : parseRecipe(recipe);
    const steps = image ? imageSteps(image, own ?? fittingRecipe(image, recipes)) : [];
    for (const { path: found, entry } of findPlaces(trie, source.name, globsOf([path]))) {
      const layer = Number(entry.package);
      const { instruction, line } = steps.find((step) => step.layer === layer) ?? {};
      makers.push({
        ...{ source: source.name, path: showPath(found), layer, digest: digests[layer - 1] ?? '' },
        ...(instruction !== undefined && { instruction }),
        ...(line !== undefined && { line }),
      });
    }
  }
  return makers;
}

/** Puts a layer over those below: each entry says which layer it is from, a folder the first that has it. */
export function lay(
  trie: FilesystemTrie,
  tag: string,
  { entries, hidden, emptied }: SourceLayer,
  number: number,
): void {
  for (const path of hidden) trie.remove(path, tag);
  for (const path of emptied) {
    const prefix = path === '/' ? '' : path;
    for (const name of trie.children(path)) trie.remove(`${prefix}/${name}`, tag);
  }
  for (const entry of entries) {
    const known = entry.type === 'directory' ? trie.entry(entry.path, tag) : undefined;
    if (known?.type === 'directory') continue;
    if (entry.type !== 'directory' && trie.entry(entry.path, tag)?.type === 'directory') trie.remove(entry.path, tag);
    trie.insert({ ...entry, package: String(number) }, tag);
  }
}
