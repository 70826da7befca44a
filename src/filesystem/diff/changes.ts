import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import type { DiffOptions } from './compare.js';
import { isBytecode } from './drift.js';
import { compareEntries } from './entries.js';
import {
  type Extent,
  type FileChange,
  type FileComparison,
  type Normalized,
  type Verdict,
  verdicts,
} from './file-comparison.js';
import type { IdentityChange } from './hard-links.js';
import type { Move } from './moves.js';
import type { Sides } from './sides.js';

/** What holds beside the verdicts that come of two entries. */
type Told = Partial<Pick<FileChange, 'whole' | 'share' | 'sharedWith'>> & { readonly verdicts?: readonly Verdict[] };

/** Collects the differences of two filesystems, and puts aside what does not count. */
export class Changes {
  readonly counts = { same: 0, unproved: 0 };
  private readonly found = new Map<NodeId, FileChange>();
  private readonly unpaired: FileChange[] = [];
  private readonly normalized: Normalized[] = [];

  constructor(
    private readonly sides: Sides,
    private readonly options: DiffOptions,
  ) {}

  /** The same path on both sides, with other values. */
  compare(from: NodeId, to: NodeId): void {
    const { change, unproved } = this.pair(from, to);
    if (change.verdicts.length > 0) this.found.set(to, change);
    else this.countSame(1, unproved);
  }

  /** What lies in a directory that was moved: the move is told already, what else is not the same is not. */
  compareMoved(from: NodeId, to: NodeId): void {
    const { change } = this.pair(from, to);
    if (change.verdicts.length > 0) this.found.set(to, change);
  }

  /** What is at another path only for the version of a language in it. */
  compareDrifted(from: NodeId, to: NodeId, rule: string): void {
    const { change } = this.pair(from, to);
    if (change.verdicts.length > 0) this.found.set(to, change);
    else this.normalized.push({ path: change.path, from: this.sides.pathOf(from), rule, entries: 1 });
  }

  moved({ from, to, kind, share }: Move, whole: Extent | undefined): void {
    const extent = whole && { whole: { entries: whole.entries, bytes: whole.bytes } };
    const { change } = this.pair(from, to, { verdicts: [kind], ...extent, ...(share !== undefined && { share }) });
    this.found.set(to, change);
  }

  /** Places on the way to entries that a list has are no entries. */
  alone(node: NodeId, verdict: 'added' | 'removed', sharedWith?: FilePath): void {
    const entry = this.sides.entryOf(node, verdict === 'added' ? 'other' : 'one');
    if (!entry) return;
    const change = {
      path: entry.path,
      verdicts: [verdict],
      ...(verdict === 'added' ? { after: entry } : { before: entry }),
      ...(sharedWith !== undefined && { sharedWith }),
    };
    if (verdict === 'added') this.found.set(node, change);
    else this.unpaired.push(change);
  }

  identity({ node, sharedWith }: IdentityChange): void {
    const { change, unproved } = this.pair(node, node);
    if (change.verdicts.length === 0) this.countSame(-1, unproved);
    this.found.set(node, { ...change, verdicts: [...change.verdicts, 'identity'], sharedWith });
  }

  result(): Pick<FileComparison, 'changes' | 'volatile' | 'normalized'> {
    const changes: FileChange[] = [];
    const volatile: FileChange[] = [];
    for (const change of [...this.unpaired, ...this.found.values()].sort(inOrder)) {
      const excused = this.excused(change);
      if (this.isBytecode(change)) this.normalized.push({ ...placesOf(change), rule: 'bytecode', entries: 1 });
      else if (excused) volatile.push(excused);
      else changes.push(change);
    }
    return { changes, volatile, normalized: topmost(this.normalized) };
  }

  private countSame(more: 1 | -1, unproved: boolean): void {
    this.counts.same += more;
    if (unproved) this.counts.unproved += more;
  }

  /** What differs between two places, and whether nobody knows that their content is the same. */
  private pair(from: NodeId, to: NodeId, { verdicts: told = [], ...rest }: Told = {}) {
    const { sides, options } = this;
    const before = sides.entryOf(from, 'one');
    const after = sides.entryOf(to, 'other');
    const isDirectory = sides.isDirectory(from, 'one') || sides.isDirectory(to, 'other');
    const compared = before && after && compareEntries(before, after, { times: options.times ?? false, isDirectory });
    const change: FileChange = {
      path: sides.pathOf(to),
      ...(from !== to && { from: sides.pathOf(from) }),
      verdicts: [...told, ...(compared?.verdicts ?? [])].sort((a, b) => verdicts.indexOf(a) - verdicts.indexOf(b)),
      ...(before && { before }),
      ...(after && { after }),
      ...rest,
    };
    return { change, unproved: compared?.unproved ?? false };
  }

  /** A rule that names a path excuses what it says; what else is not the same remains. */
  private excused(change: FileChange): FileChange | undefined {
    const rule = this.options.volatile?.(change.path);
    if (!rule) return undefined;
    const excused: readonly Verdict[] = rule.compare === 'anything' ? verdicts : ['content', 'time'];
    return change.verdicts.every((verdict) => excused.includes(verdict)) ? { ...change, rule: rule.name } : undefined;
  }

  private isBytecode({ path, from, before, after, verdicts }: FileChange): boolean {
    if (!this.options.normalize || !/\.py[co]$|\/__pycache__$/.test(path)) return false;
    if (verdicts.some((verdict) => !['added', 'removed', 'content', 'time'].includes(verdict))) return false;
    return (
      (!before || isBytecode(this.sides, from ?? path, 'one')) && (!after || isBytecode(this.sides, path, 'other'))
    );
  }
}

function inOrder(a: FileChange, b: FileChange): number {
  return comparePaths(a.path, b.path) || comparePaths(a.from ?? '', b.from ?? '');
}

function placesOf({ path, from }: FileChange): Pick<Normalized, 'path' | 'from'> {
  return from === undefined ? { path } : { path, from };
}

/** Of directories and what is in them the directories, where all of it goes by the same rule. */
function topmost(all: readonly Normalized[]): Normalized[] {
  const tops: Normalized[] = [];
  for (const each of [...all].sort((a, b) => comparePaths(`${a.path}/`, `${b.path}/`))) {
    const top = tops.at(-1);
    const isBelow = top?.rule === each.rule && each.path.startsWith(`${top.path}/`);
    if (!top || !isBelow) tops.push(each);
    else tops[tops.length - 1] = { ...top, entries: top.entries + 1 };
  }
  return tops;
}
