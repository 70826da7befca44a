import { ReproError } from '../errors.js';
import type { NodeId } from '../filesystem/trie/nodes.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { comparePaths, parsePath, showPath } from '../model/file-path.js';
import { sameness } from './features.js';
import type { FileLevel } from './levels.js';
import { nameSimilarity, pathSimilarity, withoutNumbers } from './names.js';

/** One folder of an environment, by the tag's number. */
export interface Subtree {
  readonly path: string;
  readonly tag: number;
}

/**
 * Two folders by what lies below them, each as if it were a root. What has no other of its name is put beside one of the
 * same place whose name differs in its numbers only, or is nearest to it.
 */
export interface SubtreeComparison {
  readonly one: { readonly path: string; readonly source: string; readonly entries: number };
  readonly other: { readonly path: string; readonly source: string; readonly entries: number };
  /** How alike the two paths themselves are, part by part. */
  readonly paths: number;
  /** Entries of the same path and of the same level. */
  readonly same: number;
  /** Entries that were put beside one of another name, or lie below such; all of them, and how alike their names are. */
  readonly aligned: number;
  /** 2 x same by the entries of both. */
  readonly score: number;
  /** As `score`, with what is aligned, by how alike its path is. */
  readonly scoreAligned: number;
  /** The topmost entries that were aligned. */
  readonly renamed: readonly { readonly from: string; readonly to: string; readonly similarity: number }[];
}

/** Names that are less alike than this are not put beside each other. */
const leastSimilar = 0.8;
/** In a folder with more names than this that have no other of their own, only names without numbers decide. */
const mostCompared = 400;

export function compareSubtrees(
  trie: FilesystemTrie,
  one: Subtree,
  other: Subtree,
  level: FileLevel,
): SubtreeComparison {
  const comparison = new Comparison(trie, one.tag, other.tag, level);
  const [nodeOfOne, nodeOfOther] = [nodeAt(trie, one), nodeAt(trie, other)];
  const entries = [entriesBelow(trie, nodeOfOne, one.tag), entriesBelow(trie, nodeOfOther, other.tag)] as const;
  comparison.compare(nodeOfOne, nodeOfOther);
  const { same, aligned, near, renamed } = comparison;
  const all = entries[0] + entries[1];
  return {
    one: { path: one.path, source: trie.tags[one.tag] ?? '', entries: entries[0] },
    other: { path: other.path, source: trie.tags[other.tag] ?? '', entries: entries[1] },
    paths: pathSimilarity(one.path, other.path),
    ...{ same, aligned },
    score: all === 0 ? 0 : (2 * same) / all,
    scoreAligned: all === 0 ? 0 : (2 * (same + near)) / all,
    renamed: renamed.sort((a, b) => comparePaths(a.from, b.from)),
  };
}

class Comparison {
  same = 0;
  aligned = 0;
  near = 0;
  readonly renamed: SubtreeComparison['renamed'][number][] = [];

  constructor(
    private readonly trie: FilesystemTrie,
    private readonly one: number,
    private readonly other: number,
    private readonly level: FileLevel,
  ) {}

  /** What lies below two places that stand beside each other; `alike` is how much their ways there are. */
  compare(one: NodeId, other: NodeId, alike = 1): void {
    const pending = [{ one, other, alike }];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const pair of this.pairs(at.one, at.other)) {
        const similarity = this.similarityOf(pair);
        const next = { ...pair, alike: at.alike * similarity };
        if (next.alike < 1 && at.alike === 1) this.rename(next);
        this.count(next);
        pending.push(next);
      }
    }
  }

  private similarityOf({ one, other }: Pair): number {
    const { trie } = this;
    return trie.labelOf(one) === trie.labelOf(other) ? 1 : nameSimilarity(trie.nameOf(one), trie.nameOf(other));
  }

  private count({ one, other, alike }: { one: NodeId; other: NodeId; alike: number }): void {
    const [a, b] = [this.trie.rowOf(one, this.one), this.trie.rowOf(other, this.other)];
    if (a === -1 || b === -1) return;
    const same = sameness(this.trie, a, this.level);
    if (same === undefined || same !== sameness(this.trie, b, this.level)) return;
    if (alike === 1) this.same += 1;
    else {
      this.aligned += 1;
      this.near += alike;
    }
  }

  private rename({ one, other, alike }: { one: NodeId; other: NodeId; alike: number }): void {
    const { trie } = this;
    this.renamed.push({ from: showPath(trie.pathOf(one)), to: showPath(trie.pathOf(other)), similarity: alike });
  }

  /** By name, then by name without numbers where that is one of each, then by what is nearest. */
  private pairs(one: NodeId, other: NodeId): Pair[] {
    const { trie } = this;
    const besides = (child: NodeId, folder: NodeId, tag: number) => {
      const beside = one === other ? child : trie.childWith(folder, trie.labelOf(child));
      return beside !== -1 && trie.tagSets.has(trie.setOf(beside), tag) ? beside : undefined;
    };
    const pairs: Pair[] = [];
    const left: NodeId[] = [];
    for (const child of childrenIn(trie, one, this.one)) {
      const beside = besides(child, other, this.other);
      if (beside === undefined) left.push(child);
      else pairs.push({ one: child, other: beside });
    }
    if (left.length === 0) return pairs;
    const right = childrenIn(trie, other, this.other).filter((child) => besides(child, one, this.one) === undefined);
    const [a, b] = [this.named(left), this.named(right)];
    pairs.push(...takeVersions(a, b));
    if (a.size * b.size <= mostCompared ** 2) pairs.push(...takeNearest(a, b));
    return pairs;
  }

  private named(children: readonly NodeId[]): Children {
    const names = children.map((child) => [this.trie.nameOf(child), child] as const);
    return new Map(names.sort(([a], [b]) => comparePaths(a, b)));
  }
}

interface Pair {
  readonly one: NodeId;
  readonly other: NodeId;
}

type Children = Map<string, NodeId>;

/** Those whose names without versions are the same, and are the name of one on each side alone; taken from both. */
function takeVersions(one: Children, other: Children): Pair[] {
  const [a, b] = [byName(one), byName(other)];
  return [...a].flatMap(([key, names]) => {
    const others = b.get(key) ?? [];
    const [name, nameOfOther] = [names[0], others[0]];
    if (names.length !== 1 || others.length !== 1 || name === undefined || nameOfOther === undefined) return [];
    return [take(one, other, name, nameOfOther)];
  });
}

function takeNearest(one: Children, other: Children): Pair[] {
  const candidates = [...one.keys()].flatMap((a) =>
    [...other.keys()].flatMap((b) => {
      const similarity = nameSimilarity(a, b);
      return similarity >= leastSimilar ? [{ a, b, similarity }] : [];
    }),
  );
  // Of equals the first by name, whichever side is asked first.
  const order = ({ a, b }: { a: string; b: string }) => (a < b ? `${a}/${b}` : `${b}/${a}`);
  candidates.sort((x, y) => y.similarity - x.similarity || comparePaths(order(x), order(y)));
  return candidates.flatMap(({ a, b }) => (one.has(a) && other.has(b) ? [take(one, other, a, b)] : []));
}

function take(one: Children, other: Children, name: string, nameOfOther: string): Pair {
  const pair = { one: one.get(name) as NodeId, other: other.get(nameOfOther) as NodeId };
  one.delete(name);
  other.delete(nameOfOther);
  return pair;
}

function byName(children: Children): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of children.keys()) {
    const key = withoutNumbers(name);
    const known = groups.get(key);
    if (known) known.push(name);
    else groups.set(key, [name]);
  }
  return groups;
}

/** Without the folder itself. */
function entriesBelow(trie: FilesystemTrie, node: NodeId, tag: number): number {
  let count = 0;
  const pending = childrenIn(trie, node, tag);
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (trie.rowOf(at, tag) !== -1) count++;
    for (const child of childrenIn(trie, at, tag)) pending.push(child);
  }
  return count;
}

function childrenIn(trie: FilesystemTrie, node: NodeId, tag: number): NodeId[] {
  const children: NodeId[] = [];
  for (let child = trie.firstChildOf(node); child !== -1; child = trie.nextSiblingOf(child)) {
    if (trie.tagSets.has(trie.setOf(child), tag)) children.push(child);
  }
  return children;
}

function nodeAt(trie: FilesystemTrie, { path, tag }: Subtree): NodeId {
  const node = trie.nodeAt(parsePath(path));
  if (node !== undefined && trie.tagSets.has(trie.setOf(node), tag)) return node;
  throw new ReproError('usage', `there is no ${path} in ${trie.tags[tag]}`, {
    remedy: 'give --path a folder that is there',
  });
}
