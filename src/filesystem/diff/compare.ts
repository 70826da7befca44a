import type { FilePath } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import type { FilesystemTrie } from '../trie/trie.js';
import type { VolatileRule } from '../volatile.js';
import { Changes } from './changes.js';
import { driftedPairs } from './drift.js';
import type { FileComparison } from './file-comparison.js';
import { addedNames, identityChanges } from './hard-links.js';
import { movedFiles, type Unexplained } from './moved-files.js';
import { type Move, MoveFinder, sameNames } from './moves.js';
import { scan } from './scan.js';
import { Sides } from './sides.js';
import { Subtrees } from './subtrees.js';
import { versionedFiles } from './versioned-files.js';

export interface DiffOptions {
  /** Whether a file that only was changed at another time is a difference. */
  readonly times?: boolean;
  /** Whether versions of languages in paths, and compiled Python, are no differences. */
  readonly normalize?: boolean;
  /** The published rule for a path, where there is one. */
  readonly volatile?: (path: FilePath) => VolatileRule | undefined;
}

/** Compares two environments of a trie, path by path, and finds what was moved or copied by its content. */
export function compareTags(
  trie: FilesystemTrie,
  one: string,
  other: string,
  options: DiffOptions = {},
): FileComparison {
  const sides = new Sides(trie, one, other);
  const seen = scan(sides);
  const changes = new Changes(sides, options);
  for (const node of seen.different) changes.compare(node, node);
  for (const identity of identityChanges(sides, seen.linked)) changes.identity(identity);
  const names = addedNames(sides, seen.added, seen.linked);
  for (const [node, name] of names) changes.alone(node, 'added', name);
  const rest = { removed: seen.removed, added: seen.added.filter((node) => !names.has(node)) };
  addMoves(sides, changes, options.normalize ? addDrifted(sides, changes, rest) : rest);
  const { same, unproved } = changes.counts;
  return {
    ...changes.result(),
    same: seen.same + same,
    unproved: seen.unproved + unproved,
    one: seen.knowledge.one,
    other: seen.knowledge.other,
  };
}

interface Rest {
  readonly removed: readonly NodeId[];
  readonly added: readonly NodeId[];
}

/** Takes what only is at another place because a language has another version for the same place. */
function addDrifted(sides: Sides, changes: Changes, { removed, added }: Rest): Rest {
  const [gone, explained] = [new Set<NodeId>(), new Set<NodeId>()];
  for (const { from, to, rule } of driftedPairs(sides, removed, added)) {
    changes.compareDrifted(from, to, rule);
    gone.add(from);
    explained.add(to);
  }
  return {
    removed: removed.filter((node) => !gone.has(node)),
    added: added.filter((node) => !explained.has(node)),
  };
}

function addMoves(sides: Sides, changes: Changes, { removed, added }: Rest): void {
  const subtrees = new Subtrees(sides);
  const finder = new MoveFinder(sides, subtrees, { removed, added });
  finder.find();
  for (const move of finder.moves) addMove(sides, changes, subtrees, move);
  const tops = new Set(finder.moves.map(({ to }) => to));
  for (const [from, to] of finder.pairs) if (!tops.has(to)) changes.compareMoved(from, to);
  let unexplained: Unexplained = {
    removed: new Set(removed.filter((node) => !finder.gone.has(node))),
    added: added.filter((node) => !finder.explained.has(node)),
  };
  const byWay = movedFiles(sides, finder.moves, unexplained);
  const byVersion = versionedFiles(sides, without(unexplained, byWay));
  for (const changed of [byWay, byVersion]) {
    for (const move of changed) changes.moved(move, undefined);
    unexplained = without(unexplained, changed);
  }
  for (const node of unexplained.removed) changes.alone(node, 'removed');
  for (const node of unexplained.added) changes.alone(node, 'added');
}

function without({ removed, added }: Unexplained, moves: readonly Move[]): Unexplained {
  const [gone, explained] = [new Set(moves.map(({ from }) => from)), new Set(moves.map(({ to }) => to))];
  return {
    removed: new Set([...removed].filter((node) => !gone.has(node))),
    added: added.filter((node) => !explained.has(node)),
  };
}

function addMove(sides: Sides, changes: Changes, subtrees: Subtrees, move: Move): void {
  const { from, to, kind, share } = move;
  const isDirectory = sides.isDirectory(to, 'other');
  changes.moved(move, isDirectory ? subtrees.of(to, 'other') : undefined);
  if (kind === 'copied' || share !== undefined || !isDirectory) return;
  const pending = [...sameNames(sides, from, to)];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    changes.compareMoved(...pair);
    for (const below of sameNames(sides, ...pair)) pending.push(below);
  }
}
