import type { NodeId } from '../trie/nodes.js';
import { known } from '../trie/value-columns.js';
import type { Knowledge } from './file-comparison.js';
import type { Side, Sides } from './sides.js';

/** One look at every place: what needs a closer one. */
export interface Scan {
  readonly added: readonly NodeId[];
  readonly removed: readonly NodeId[];
  /** Places that both have, not with the same values. */
  readonly different: readonly NodeId[];
  /** Further names of files that have several. */
  readonly linked: Readonly<Record<Side, readonly NodeId[]>>;
  /** Places with entries that both have with the same values, and how many of them are files of unknown content. */
  readonly same: number;
  readonly unproved: number;
  readonly knowledge: Readonly<Record<Side, Knowledge>>;
}

const none = -1;
/** Beside the bits of what is known: that it is a file. */
const isFileBit = 4096;

/** Goes through all places in the order of their numbers: as much as a glance at each may cost. */
export function scan(sides: Sides): Scan {
  const lists = { added: [] as NodeId[], removed: [] as NodeId[], different: [] as NodeId[] };
  const linked = { one: [] as NodeId[], other: [] as NodeId[] };
  const bits = { one: new Uint32Array(isFileBit * 2), other: new Uint32Array(isFileBit * 2) };
  const count = { same: 0, unproved: 0 };
  const { trie } = sides;
  const look = (node: NodeId, side: Side, what: number) => {
    bits[side][what] = (bits[side][what] ?? 0) + 1;
    if ((what & known.sameAs) !== 0) linked[side].push(node);
  };
  for (let node = trie.root; node < trie.nodeCount; node++) {
    const presence = sides.presenceOf(node);
    if (presence === 0) continue;
    const one = presence & 1 ? sides.rowOf(node, 'one') : none;
    const isShared = one !== none && presence === 3 && sides.isShared(one);
    const other = isShared ? one : presence & 2 ? sides.rowOf(node, 'other') : none;
    const what = one === none ? 0 : whatIsKnown(sides, node, one);
    if (one !== none) look(node, 'one', what);
    if (other !== none) look(node, 'other', isShared ? what : whatIsKnown(sides, node, other));
    if (presence === 2) lists.added.push(node);
    else if (presence === 1) lists.removed.push(node);
    else if (one !== other) lists.different.push(node);
    else if (one !== none) {
      count.same++;
      if (isUnproved(sides, one, what)) count.unproved++;
    }
  }
  return { ...lists, linked, knowledge: { one: sum(bits.one), other: sum(bits.other) }, ...count };
}

function whatIsKnown(sides: Sides, node: NodeId, row: number): number {
  const { values } = sides.trie;
  const bits = values.known(row);
  const isFile = bits & known.type ? values.type(row) === 'file' : !isParent(sides, node);
  return isFile ? bits | isFileBit : bits;
}

/** Two lists that say the same of a file do not say that its content is the same. */
function isUnproved(sides: Sides, row: number, what: number): boolean {
  return (what & isFileBit) !== 0 && (what & known.hash) === 0 && sides.trie.values.size(row) !== 0;
}

function isParent(sides: Sides, node: NodeId): boolean {
  return !sides.trie.childrenOf(node).next().done;
}

function sum(counts: Uint32Array): Knowledge {
  const total = { entries: 0, files: 0, types: 0, modes: 0, sizes: 0, hashes: 0 };
  for (const [what, count] of counts.entries()) {
    total.entries += count;
    if (what & isFileBit) total.files += count;
    if (what & known.type) total.types += count;
    if (what & known.mode) total.modes += count;
    if (what & known.size) total.sizes += count;
    if (what & known.hash) total.hashes += count;
  }
  return total;
}
