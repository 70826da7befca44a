import type { NodeId } from '../trie/nodes.js';
import type { Unexplained } from './moved-files.js';
import type { Move } from './moves.js';
import { areAlike } from './nearness.js';
import type { Side, Sides } from './sides.js';

/**
 * Files whose name has another version in another version of their package, as `libz.so.1.2.13` and `libz.so.1.3.1`: in the
 * same folder, of the same mode and not of quite another size, and the only ones of such a name there, before and after.
 */
export function versionedFiles(sides: Sides, { removed, added }: Unexplained): Move[] {
  const names = { one: new Namesakes(sides, 'one'), other: new Namesakes(sides, 'other') };
  return added.flatMap((to) => {
    const key = keyOf(sides, to, 'other');
    if (key === undefined) return [];
    const folder = sides.trie.parentOf(to);
    const from = names.one.sole(folder, key);
    if (from === undefined || names.other.sole(folder, key) !== to) return [];
    return removed.has(from) && areAlike(sides, from, to) ? [{ from, to, kind: 'moved' as const }] : [];
  });
}

/** Files of folders by what their versions have in common; each folder is looked at once. */
class Namesakes {
  private readonly folders = new Map<NodeId, ReadonlyMap<string, NodeId[]>>();

  constructor(
    private readonly sides: Sides,
    private readonly side: Side,
  ) {}

  /** The only one, if it is. */
  sole(folder: NodeId, key: string): NodeId | undefined {
    const known = this.folders.get(folder) ?? this.look(folder);
    this.folders.set(folder, known);
    const [only, ...others] = known.get(key) ?? [];
    return others.length === 0 ? only : undefined;
  }

  private look(folder: NodeId): ReadonlyMap<string, NodeId[]> {
    const found = new Map<string, NodeId[]>();
    for (const child of this.sides.childrenOf(folder, this.side)) {
      const key = keyOf(this.sides, child, this.side);
      if (key === undefined) continue;
      const namesakes = found.get(key);
      if (namesakes) namesakes.push(child);
      else found.set(key, [child]);
    }
    return found;
  }
}

/** What versions of a file have in common; undefined of what is none. A number without a point may be anything. */
function keyOf(sides: Sides, node: NodeId, side: Side): string | undefined {
  const name = sides.trie.nameOf(node);
  const plain = name.replace(/\d+(?:\.\d+)+/g, '*');
  if (plain === name) return undefined;
  const entry = sides.entryOf(node, side);
  if (entry?.type !== 'file' || entry.package === undefined) return undefined;
  const [distribution, named] = entry.package.split(' ');
  return [distribution, named, entry.mode, plain].join(' ');
}
