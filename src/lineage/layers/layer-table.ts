import { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { openSource } from '../../sources/open.js';
import type { ReadOptions, Source, SourceLayer } from '../../sources/source.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Subject } from '../subjects.js';
import { fittingRecipe, type ImageStep, imageSteps, recipeFit } from './align.js';
import { lay } from './makers.js';

/** What the layer of a step did to the files. */
export interface LayerFiles {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Of the files that it brings. */
  readonly bytes: number;
}

export interface ImageRecipe {
  readonly source: string;
  /** The source whose recipe it is, where that is another. */
  readonly recipe?: string;
  /** How much of the recipe's instructions the history has, from 0 to 1. */
  readonly fit?: number;
  readonly steps: readonly (ImageStep & { readonly files?: LayerFiles })[];
}

/** How images were made, step by step, with what each did: layers matched to instructions. */
export async function imageRecipes(
  sources: readonly Source[],
  subjects: readonly Subject[],
  options: ReadOptions,
): Promise<ImageRecipe[]> {
  const found: ImageRecipe[] = [];
  for (const subject of subjects) {
    const { image } = subject.facts;
    const source = sources.find(({ name }) => name === subject.name);
    if (!image || (image.layers.length === 0 && !image.history?.length) || !source) continue;
    const known = recipeOf(subject, subjects);
    const files = await filesOfLayers(source, options);
    const steps = imageSteps(image, known?.recipe).map((step) => {
      const did = step.layer === undefined ? undefined : files[step.layer - 1];
      return { ...step, ...(did && { files: did }) };
    });
    const isOther = known !== undefined && known.name !== subject.name;
    const fit = known && recipeFit(image, known.recipe);
    found.push({
      ...{ source: subject.name, steps },
      ...(isOther && { recipe: known.name }),
      ...(fit !== undefined && { fit }),
    });
  }
  return found;
}

/** Its own, else of the recipes among the sources the one that its history has the most of. */
function recipeOf(subject: Subject, subjects: readonly Subject[]): { name: string; recipe: Recipe } | undefined {
  const { image } = subject.facts;
  if (subject.recipe) return { name: subject.name, recipe: subject.recipe };
  if (!image) return undefined;
  const others = subjects
    .filter(({ recipe, facts }) => recipe && !facts.image)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const fitting = fittingRecipe(
    image,
    others.flatMap(({ recipe }) => recipe ?? []),
  );
  const found = others.find(({ recipe }) => recipe !== undefined && recipe === fitting);
  return found && fitting && { name: found.name, recipe: fitting };
}

async function filesOfLayers(source: Source, options: ReadOptions): Promise<LayerFiles[]> {
  await using open = await openSource(source, { ...options, hash: false, packages: false });
  const files: LayerFiles[] = [];
  if (!open.layers) return files;
  const trie = new FilesystemTrie();
  for await (const layer of open.layers()) {
    options.signal?.throwIfAborted();
    files.push(countFiles(trie, source.name, layer, files.length + 1));
  }
  return files;
}

function countFiles(trie: FilesystemTrie, tag: string, layer: SourceLayer, number: number): LayerFiles {
  const own = layer.entries.filter(({ type }) => type !== 'directory');
  const changed = own.filter(({ path }) => trie.entry(path, tag) !== undefined).length;
  const hides = layer.hidden.length > 0 || layer.emptied.length > 0;
  const before = hides ? filesIn(trie, tag) : 0;
  lay(trie, tag, layer, number);
  const added = own.length - changed;
  const bytes = own.reduce((sum, { size = 0 }) => sum + size, 0);
  return { added, changed, removed: hides ? before + added - filesIn(trie, tag) : 0, bytes };
}

function filesIn(trie: FilesystemTrie, tag: string): number {
  const number = trie.tags.indexOf(tag);
  let count = 0;
  for (let node = trie.root; node < trie.nodeCount; node++) {
    for (const { row, set } of trie.valuesOf(node)) {
      if (trie.tagSets.has(set, number) && trie.values.type(row) !== 'directory') count++;
    }
  }
  return count;
}
