import type { ImageFacts } from '../../sources/facts.js';
import type { Subject } from '../subjects.js';
import type { Evidence } from './evidence.js';

/** `parent`, `same`, `unrelated` where both tell their layers; `unknown` where one does not. */
export type LayerRelation = 'parent' | 'same' | 'unrelated' | 'unknown';

/**
 * The digests of unpacked layers are those of their content: an image whose list begins with all of another's was made
 * from it. Instructions that make no layer tell images of the same layers apart.
 */
export function layerRelation(parent: Subject, child: Subject): LayerRelation {
  const [below, above] = [parent.facts.image, child.facts.image];
  if (!below?.layers.length || !above?.layers.length) return 'unknown';
  if (!isPrefix(below.layers, above.layers)) return 'unrelated';
  if (below.layers.length < above.layers.length) return 'parent';
  const [before, after] = [historyOf(below), historyOf(above)];
  if (before.length === 0 || after.length === 0) return 'same';
  return isPrefix(before, after) ? (before.length < after.length ? 'parent' : 'same') : 'unrelated';
}

export function layerEvidence(parent: Subject, child: Subject): Evidence | undefined {
  if (layerRelation(parent, child) !== 'parent') return undefined;
  const [below, above] = [layersOf(parent), layersOf(child)];
  const detail =
    below.length === above.length
      ? `the same layers (${below.length}), and instructions without one after them`
      : `its layers (${below.length}) are the first of ${above.length}`;
  return { evidence: 'layers', score: 1, detail };
}

/**
 * Whether the layers of both rule out what is found in the files: neither began with the other. An image of one layer
 * may have been made of several by exporting or squashing it.
 */
export function layersExclude(parent: Subject, child: Subject): boolean {
  const isExcluded = layerRelation(parent, child) === 'unrelated' || layerRelation(child, parent) === 'parent';
  return isExcluded && layersOf(child).length > 1;
}

export function layersOf({ facts }: Subject): readonly string[] {
  return facts.image?.layers ?? [];
}

function historyOf({ history = [] }: ImageFacts): string[] {
  return history.map(({ createdBy = '' }) => createdBy);
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.length <= long.length && short.every((each, at) => each === long[at]);
}
