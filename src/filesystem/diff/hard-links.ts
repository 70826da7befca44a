import type { FilePath } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import type { Side, Sides } from './sides.js';

/** A name that is of one file with another on one side only. */
export interface IdentityChange {
  readonly node: NodeId;
  readonly sharedWith: FilePath;
  /** The side on which it is one file. */
  readonly side: Side;
}

/**
 * Names that belong to one file on one side and to two on the other. Only names that both have are looked at: a further
 * name is told as what was added. Which name is met first differs between a walk and an archive, so groups are compared.
 */
export function identityChanges(sides: Sides, linked: Readonly<Record<Side, readonly NodeId[]>>): IdentityChange[] {
  const groups = { one: groupsOf(sides, linked.one, 'one'), other: groupsOf(sides, linked.other, 'other') };
  const nodes = new Set([...groups.one.keys(), ...groups.other.keys()]);
  return [...nodes].flatMap((node) => {
    const [before, after] = [groups.one.get(node) ?? node, groups.other.get(node) ?? node];
    if (before === after || !knowsBoth(sides, node)) return [];
    const side = before === node ? 'other' : 'one';
    return [{ node, side, sharedWith: sides.pathOf(side === 'one' ? before : after) }];
  });
}

/** Names that were added to a file that both sides have: by place one of the names that it has on both. */
export function addedNames(
  sides: Sides,
  added: readonly NodeId[],
  linked: Readonly<Record<Side, readonly NodeId[]>>,
): Map<NodeId, FilePath> {
  const isAdded = new Set(added);
  const names = new Map<NodeId, FilePath>();
  for (const group of membersOf(sides, linked.other, 'other').values()) {
    const [known] = group.filter((node) => sides.isInBoth(node)).sort(byPath(sides));
    if (known === undefined) continue;
    for (const node of group) if (isAdded.has(node)) names.set(node, sides.pathOf(known));
  }
  return names;
}

/** Of each further name of a file the first name in byte order, among those that both sides have. */
function groupsOf(sides: Sides, linked: readonly NodeId[], side: Side): Map<NodeId, NodeId> {
  const heads = new Map<NodeId, NodeId>();
  for (const group of membersOf(sides, linked, side).values()) {
    const [head, ...rest] = group.filter((node) => sides.isInBoth(node)).sort(byPath(sides));
    if (head !== undefined) for (const node of rest) heads.set(node, head);
  }
  return heads;
}

/** All names of each file with several, by the one that was met first. */
function membersOf(sides: Sides, linked: readonly NodeId[], side: Side): Map<string, NodeId[]> {
  const members = new Map<string, NodeId[]>();
  for (const node of linked) {
    const first = sides.entryOf(node, side)?.sameAs;
    if (first === undefined) continue;
    const known = members.get(first);
    const firstNode = sides.trie.nodeAt(first);
    if (known) known.push(node);
    else members.set(first, firstNode === undefined ? [node] : [firstNode, node]);
  }
  return members;
}

function byPath(sides: Sides): (a: NodeId, b: NodeId) => number {
  return (a, b) => (sides.pathOf(a) < sides.pathOf(b) ? -1 : 1);
}

/** Lists of paths know nothing of further names: who knows no modes is not asked. */
function knowsBoth(sides: Sides, node: NodeId): boolean {
  return sides.entryOf(node, 'one')?.mode !== undefined && sides.entryOf(node, 'other')?.mode !== undefined;
}
