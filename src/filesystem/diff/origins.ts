import type { Sha256 } from '../../hash.js';
import type { NodeId } from '../trie/nodes.js';
import { hashLength } from '../trie/value-columns.js';
import type { Sides } from './sides.js';

/** Content so short that many files have it by chance: it tells where a file is from only when nothing else has it. */
const trivialSize = 32;

/** Where the first filesystem has the contents of what was added. */
export class Origins {
  private readonly places = new Map<Sha256, NodeId[]>();
  private readonly addedTimes = new Map<Sha256, number>();

  constructor(
    private readonly sides: Sides,
    added: readonly NodeId[],
  ) {
    for (const node of added) {
      const file = contentOf(sides, node, 'other');
      if (file === undefined) continue;
      this.places.set(file.hash, []);
      this.addedTimes.set(file.hash, (this.addedTimes.get(file.hash) ?? 0) + 1);
    }
    if (this.places.size > 0) this.findPlaces();
  }

  /** All places of the first filesystem that have a content. */
  of(hash: Sha256): readonly NodeId[] {
    return this.places.get(hash) ?? [];
  }

  /** Whether it tells something that two files have this content. */
  isTelling(hash: Sha256, size: number): boolean {
    return size >= trivialSize || (this.of(hash).length === 1 && this.addedTimes.get(hash) === 1);
  }

  /** By the first two bytes first: few hashes are read whole. */
  private findPlaces(): void {
    const { sides } = this;
    const { trie } = sides;
    const { hashes } = trie.values.view().columns;
    const beginnings = new Uint8Array(0x10000);
    for (const hash of this.places.keys()) beginnings[Number.parseInt(hash.slice(0, 4), 16)] = 1;
    for (let node = 0; node < trie.nodeCount; node++) {
      const row = sides.has(node, 'one') ? sides.rowOf(node, 'one') : -1;
      if (row === -1) continue;
      // Beyond the last hash, and where there is none, are zeros.
      const at = row * hashLength;
      if (beginnings[((hashes[at] ?? 0) << 8) | (hashes[at + 1] ?? 0)] !== 1) continue;
      const hash = trie.values.hash(row);
      if (hash !== undefined) this.places.get(hash)?.push(node);
    }
  }
}

/** Of a file that is not empty, when its content is known. */
export function contentOf(
  sides: Sides,
  node: NodeId,
  side: 'one' | 'other',
): { readonly hash: Sha256; readonly size: number } | undefined {
  const row = sides.rowOf(node, side);
  if (row === -1) return undefined;
  const size = sides.trie.values.size(row) ?? 0;
  const hash = size === 0 ? undefined : sides.trie.values.hash(row);
  return hash === undefined ? undefined : { hash, size };
}
