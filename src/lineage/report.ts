import type { ReadOptions, Source } from '../sources/source.js';
import { type Accuracy, accuracyOf } from './accuracy.js';
import { type Base, basesOf, type SharedLayers, unseenBases } from './bases.js';
import { CollectionTree } from './collection-tree.js';
import { type Lineage, lineageOf } from './lineage.js';
import { Overlap } from './overlap.js';
import { loadManagers, type Managers } from './packages/managers.js';
import { type ImageReference, repositoryOf } from './recipes/image-reference.js';
import { baseOfRecipe } from './recipes/recipe.js';
import { readSubjects, type Subject, type Subjects } from './subjects.js';

/** All that can be said of the descent of a set of sources. */
export interface LineageReport extends Subjects {
  readonly managers: Managers;
  readonly lineage: Lineage;
  readonly bases: readonly Base[];
  readonly sharedLayers: readonly SharedLayers[];
  readonly accuracy?: Accuracy;
  /** Of sources with recipes: their images below those that they name, in container-tree's paths. */
  readonly collection: readonly string[];
}

export async function lineageReport(sources: readonly Source[], options: ReadOptions): Promise<LineageReport> {
  const found = await readSubjects(sources, options);
  const { subjects, trie } = found;
  const managers = await loadManagers(subjects.map(({ facts }) => facts));
  const input = { subjects, overlap: new Overlap(trie), managers };
  const lineage = lineageOf(input);
  const accuracy = accuracyOf(input);
  return {
    ...found,
    managers,
    lineage,
    bases: basesOf(lineage),
    sharedLayers: unseenBases(subjects),
    ...(accuracy && { accuracy }),
    collection: collectionOf(subjects).paths(),
  };
}

/** What the recipes of sources say, as the tree of a collection; every image that is named may stand at the top. */
export function collectionOf(subjects: readonly Subject[]): CollectionTree {
  const tree = new CollectionTree({ firstLevel: '' });
  const inOrder = [...subjects].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const subject of inOrder) {
    if (subject.recipe === undefined) continue;
    const [own] = subject.images;
    const base = baseOfRecipe(subject.recipe);
    if (own === undefined || (base?.kind !== 'image' && base?.kind !== 'scratch')) continue;
    const from = base.kind === 'scratch' ? 'scratch' : tagged(base.image);
    tree.update(tagged(own), from);
  }
  return tree;
}

function tagged({ digest, ...image }: ImageReference): string {
  const tag = image.tag === undefined && digest !== undefined ? `@${digest}` : `:${image.tag ?? 'latest'}`;
  return `${repositoryOf(image)}${tag}`;
}
