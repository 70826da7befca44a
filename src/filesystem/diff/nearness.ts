import type { NodeId } from '../trie/nodes.js';
import type { FilesystemTrie } from '../trie/trie.js';
import { contentOf } from './origins.js';
import type { Sides } from './sides.js';

/** A file that was changed has about the size that it had. */
const leastAlike = 0.5;

/** Of several places that a thing may be from the likeliest: of the same name, then the nearest, then in byte order. */
export function nearest(trie: FilesystemTrie, places: readonly NodeId[], to: NodeId): NodeId | undefined {
  const ranked = places.map((place) => ({
    place,
    isNamesake: trie.nameOf(place) === trie.nameOf(to) ? 0 : 1,
    distance: distanceOf(trie, place, to),
    path: trie.pathOf(place),
  }));
  ranked.sort((a, b) => a.isNamesake - b.isNamesake || a.distance - b.distance || (a.path < b.path ? -1 : 1));
  return ranked[0]?.place;
}

/** How many steps up and down lie between two places. */
function distanceOf(trie: FilesystemTrie, one: NodeId, other: NodeId): number {
  const [way, otherWay] = [wayTo(trie, one), wayTo(trie, other)];
  let shared = 0;
  while (shared < way.length && way[shared] === otherWay[shared]) shared++;
  return way.length + otherWay.length - 2 * shared;
}

function wayTo(trie: FilesystemTrie, node: NodeId): NodeId[] {
  const way: NodeId[] = [];
  for (let at = node; at > trie.root; at = trie.parentOf(at)) way.push(at);
  return way.reverse();
}

/** Whether two files may be the same one, changed: by their sizes. */
export function areAlike(sides: Sides, from: NodeId, to: NodeId): boolean {
  const [before, after] = [contentOf(sides, from, 'one'), contentOf(sides, to, 'other')];
  if (!before || !after) return false;
  return Math.min(before.size, after.size) / Math.max(before.size, after.size) >= leastAlike;
}
