import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import { contentKey, isFolder } from '../sameness.js';

/** What an image would save on a base, in bytes of files. */
export interface Saving {
  /** Files of the image that this base has just so, and its own base has not: they would come with the base. */
  readonly redundant: number;
  /** Files of this base that the image has not, or has otherwise: they would come along. */
  readonly extra: number;
}

/** Of several bases at once; `current` is the one that the image stands on, where that is known. */
export function savingsOf(
  trie: FilesystemTrie,
  image: string,
  bases: readonly string[],
  current: string | undefined,
): Map<string, Saving> {
  const tags = trie.tags;
  const numberOf = (name: string) => tags.indexOf(name);
  const numbers = bases.map(numberOf);
  const [own, below] = [numberOf(image), current === undefined ? -1 : numberOf(current)];
  const redundant = new Float64Array(bases.length);
  const extra = new Float64Array(bases.length);
  for (let node = trie.root + 1; node < trie.nodeCount; node++) {
    const set = trie.setOf(node);
    if (isFolder(trie, node)) continue;
    const has = (number: number) => number >= 0 && trie.tagSets.has(set, number);
    if (!has(own) && !numbers.some(has)) continue;
    const rows = [...trie.valuesOf(node)];
    const rowOf = (number: number) => rows.find((each) => trie.tagSets.has(each.set, number))?.row;
    const keyOf = (number: number) => {
      const row = has(number) ? rowOf(number) : undefined;
      return row === undefined ? undefined : contentKey(trie, row);
    };
    const bytesOf = (number: number) => trie.values.size(rowOf(number) ?? -1) ?? 0;
    const content = keyOf(own);
    const isBelow = content !== undefined && keyOf(below) === content;
    for (const [at, number] of numbers.entries()) {
      const other = keyOf(number);
      if (other === undefined) continue;
      if (other !== content) extra[at] = (extra[at] ?? 0) + bytesOf(number);
      else if (!isBelow) redundant[at] = (redundant[at] ?? 0) + bytesOf(own);
    }
  }
  return new Map(bases.map((name, at) => [name, { redundant: redundant[at] ?? 0, extra: extra[at] ?? 0 }]));
}
