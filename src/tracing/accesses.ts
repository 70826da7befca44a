import type { Use } from '../model/access.js';
import { type FilePath, parentPath } from '../model/file-path.js';
import { type Opening, usesOf } from './opening.js';
import { ownCopy } from './own-copy.js';
import { bit, evidence, type PathRecord, usesMask } from './path-record.js';
import { UserSets } from './user-sets.js';

const known = evidence.existed | evidence.missing | evidence.changed;
const carried = known | evidence.gone | evidence.mattered;

/** Gathers the uses of paths while the events of a run go by, in memory that grows with the paths only. */
export class AccessRecorder {
  readonly records = new Map<FilePath, PathRecord>();
  /** The program whose use of paths is recorded, by its number in the process table. */
  user: number | undefined;
  private readonly sets = new UserSets();
  /** Directories that have recorded paths below them: a rename of one moves those too. */
  private readonly parents = new Set<FilePath>();
  private readonly madeLinks = new Set<FilePath>();

  /** Of every path the first few programs that used it. */
  *users(): Generator<readonly [FilePath, readonly number[]]> {
    for (const [path, { users = 0 }] of this.records) if (users !== 0) yield [path, this.sets.members(users)];
  }

  /** A successful use that changes nothing. */
  use(path: FilePath, use: Use, follow = true): void {
    this.record(path).bits |= bit[use] | (follow ? evidence.followed : 0);
    const entry = this.entry(path);
    if (use === 'read' || use === 'executed') this.needed(entry);
    this.sawExisting(entry);
  }

  /** A use by the kernel for programs, and so by those who used these. */
  useFor(programs: Iterable<FilePath>, path: FilePath, use: Use): void {
    this.user = undefined;
    this.use(path, use);
    const record = this.record(path);
    for (const program of programs) {
      const { users = 0 } = this.records.get(program) ?? {};
      for (const user of this.sets.members(users)) record.users = this.sets.with(record.users ?? 0, user);
    }
  }

  /** A failed use of something that is there, or may be. */
  examine(path: FilePath): void {
    this.record(path).bits |= bit.examined | evidence.followed;
  }

  refuse(path: FilePath): void {
    this.examine(path);
    this.record(path).bits |= evidence.refused;
  }

  absent(path: FilePath): void {
    this.record(path).bits |= bit.absent;
    const entry = this.entry(path);
    if ((entry.bits & (known | evidence.maybeCreated)) === 0) entry.bits |= evidence.missing;
    entry.bits |= evidence.gone;
  }

  executeFailed(path: FilePath): void {
    this.absent(path);
    this.record(path).bits |= evidence.execFailed;
  }

  /** A program that runs; `real` is where the kernel found it. */
  execute(path: FilePath, real: FilePath): void {
    if (path !== real && !this.madeLinks.has(path)) this.link(this.record(path), this.record(real));
    this.use(path, 'executed');
  }

  /** `real` is where the kernel ended up. */
  open(path: FilePath, real: FilePath, opening: Opening): void {
    const entry = this.record(real);
    const asked = path === real || this.madeLinks.has(path) ? entry : this.record(path);
    if (asked !== entry) this.link(asked, entry);
    asked.bits |= evidence.followed | usesOf(opening);
    if (opening.reads || (opening.writes && !opening.truncates)) this.needed(entry);
    if (opening.creates) this.createdByOpen(asked, entry, opening);
    else this.sawExisting(entry);
    if (opening.writes) entry.bits |= evidence.changed;
  }

  /** An entry that certainly was not there before this call (mkdir, symlink, link, mknod, O_EXCL). */
  create(path: FilePath, ...also: Use[]): void {
    const record = this.record(path);
    for (const use of also) record.bits |= bit[use];
    record.bits |= bit.created;
    this.made(this.entry(path));
  }

  createLink(path: FilePath): void {
    this.create(path);
    this.markLink(this.record(path));
  }

  /** Whether the way to the path leads through a link that the run made. */
  isBelowMadeLink(path: FilePath): boolean {
    if (this.madeLinks.size === 0) return false;
    for (let at = parentPath(path); at !== '/'; at = parentPath(at)) if (this.madeLinks.has(at)) return true;
    return false;
  }

  remove(path: FilePath): void {
    this.record(path).bits |= bit.removed;
    const entry = this.entry(path);
    this.needed(entry);
    this.sawExisting(entry);
    this.loseInode(entry);
    entry.bits |= evidence.changed | evidence.gone;
  }

  /** A change of mode or owner. */
  changeAttributes(path: FilePath): void {
    this.record(path).bits |= bit.written | evidence.followed;
    const entry = this.entry(path);
    this.sawExisting(entry);
    entry.bits |= evidence.attributed;
  }

  /** A change of an existing entry in place. */
  change(path: FilePath): void {
    this.record(path).bits |= bit.written | evidence.followed;
    const entry = this.entry(path);
    this.needed(entry);
    this.sawExisting(entry);
    entry.bits |= evidence.changed;
  }

  /** `to` may have existed; with `fresh` (RENAME_NOREPLACE) it did not. */
  rename(from: FilePath, to: FilePath, fresh: boolean): void {
    for (const [below, target] of this.moves(from, to)) {
      this.remove(below);
      this.replace(target, fresh || below !== from);
      if (this.madeLinks.has(below)) this.markLink(this.record(target));
    }
  }

  exchange(one: FilePath, other: FilePath): void {
    this.change(one);
    this.change(other);
  }

  private replace(path: FilePath, fresh: boolean): void {
    const record = this.record(path);
    const entry = this.entry(path);
    record.bits |= bit.written;
    if (fresh || (entry.bits & evidence.gone) !== 0 || this.isInNewDirectory(path)) {
      record.bits |= bit.created;
      this.made(entry);
    } else {
      this.loseInode(entry);
      entry.bits |= evidence.changed;
    }
  }

  private createdByOpen(asked: PathRecord, real: PathRecord, opening: Opening): void {
    const isNew = opening.exclusive || (real.bits & evidence.gone) !== 0 || this.isInNewDirectory(real.path);
    if (isNew) {
      asked.bits |= bit.created;
      this.made(real);
    } else if ((real.bits & known) === 0) {
      real.bits |= evidence.maybeCreated;
    }
  }

  /** A directory that this run made was empty at first. */
  private isInNewDirectory(path: FilePath): boolean {
    const own = this.records.get(path);
    if (own && (own.bits & (known | evidence.maybeCreated)) !== 0) return false;
    const parent = this.records.get(parentPath(path));
    return parent !== undefined && (parent.bits & evidence.missing) !== 0 && (parent.bits & bit.created) !== 0;
  }

  private made(record: PathRecord): void {
    if ((record.bits & known) === 0) record.bits |= evidence.missing;
    record.bits = (record.bits | evidence.changed) & ~evidence.gone;
  }

  /** The file that O_CREAT opened is no longer at the path: its birth can decide nothing any more. */
  private loseInode(entry: PathRecord): void {
    if ((entry.bits & evidence.maybeCreated) === 0) return;
    entry.bits = (entry.bits & ~evidence.maybeCreated) | evidence.existed;
  }

  private markLink(record: PathRecord): void {
    record.bits |= evidence.madeLink;
    this.madeLinks.add(record.path);
  }

  /** Only as long as the run has not changed it: then what is there is its own. */
  private needed(entry: PathRecord): void {
    if ((entry.bits & evidence.changed) === 0) entry.bits |= evidence.mattered;
  }

  private sawExisting(record: PathRecord): void {
    if ((record.bits & (known | evidence.maybeCreated)) === 0) record.bits |= evidence.existed;
  }

  private moves(from: FilePath, to: FilePath): (readonly [FilePath, FilePath])[] {
    const moves: [FilePath, FilePath][] = [[from, to]];
    if (!this.parents.has(from)) return moves;
    for (const [path, record] of this.records) {
      if (!path.startsWith(`${from}/`) || (record.bits & evidence.gone) !== 0) continue;
      if ((record.bits & usesMask) !== 0) moves.push([path, (to + path.slice(from.length)) as FilePath]);
    }
    return moves;
  }

  /** The record that holds the evidence: that of the real path, where the kernel named one. */
  private entry(path: FilePath): PathRecord {
    const record = this.record(path);
    return record.resolved === undefined ? record : this.record(record.resolved);
  }

  private link(asked: PathRecord, real: PathRecord): void {
    if (asked.resolved === undefined && (real.bits & ~usesMask) === 0) real.bits |= asked.bits & carried;
    asked.resolved = real.path;
  }

  private record(path: FilePath): PathRecord {
    let record = this.records.get(path);
    if (!record) {
      record = { path: ownCopy(path), bits: 0 };
      this.records.set(record.path, record);
      this.addParents(record.path);
    }
    if (this.user !== undefined) record.users = this.sets.with(record.users ?? 0, this.user);
    return record;
  }

  private addParents(path: FilePath): void {
    for (let parent = parentPath(path); !this.parents.has(parent) && parent !== '/'; parent = parentPath(parent)) {
      this.parents.add(ownCopy(parent));
    }
  }
}
