import type { Contents } from '../archives/contents.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { Owner, PackageRef } from '../model/owner.js';
import type { Progress } from '../model/progress.js';
import type { Named } from './distribution.js';

export interface OpenContext {
  readonly machine: Machine;
  /** The gathered database files of this module (and of others). */
  readonly databases: ReadonlyMap<FilePath, Buffer>;
  /** What the processes of the run had in their environments, as bytes in latin1; absent where nothing ran. */
  readonly environments?: () => Iterable<ReadonlyMap<string, string>>;
  /** Which of people's own files, those of a checkout say, may be carried: all rules hold there. Default: all. */
  readonly mayCarry?: MayCarry;
}

/** Whether what a file holds (its beginning, or all of it) is nobody's secret. */
export type MayCarry = (path: FilePath, head: Buffer) => boolean;

/** Opened once per machine; asked to claim paths until nothing new comes. */
export interface Reader<Manifest extends Named = Named, Lock extends LockHalf = LockHalf> {
  /** Globs of databases that lie wherever people put them: those of the environment or checkout that a path is in. */
  databasesNear?(paths: readonly FilePath[]): readonly string[];
  /**
   * `databases`: what was gathered of `databasesNear` of these paths, except what was gathered before. `ofBase`: paths
   * that were asked too and that the base has, so that nobody else can; they may still tell what ran. Folders are
   * claimed as files are, and with merged /usr both spellings of a path: what is asked is what the owner's `path` says.
   */
  claim(
    paths: readonly FilePath[],
    databases: ReadonlyMap<FilePath, Buffer>,
    ofBase: readonly FilePath[],
  ): Promise<Claims>;
  /** Of claimed paths: the owners of those whose content is not what their package recorded, or that are not there, to replace the claims. */
  verify?(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]>;
  /**
   * Writes both halves, sorted, of what is owned and what is `needed`, used or not. What `isNew` is no part of it, and
   * not on the context's machine: a reader asks of what it read before. What
   * `mayCarry` refuses is in no copy unless it is as the package shipped it, and then not in `files` either. A base has
   * the accounts of all `ids`.
   */
  finish(context: FinishContext): Promise<Finished<Manifest, Lock>>;
}

export interface Claims {
  readonly owners: readonly Owner[];
  /** Paths found on the way that must be identified too (a link's target, a package's source tree). */
  readonly more: readonly FilePath[];
  /** Claimed paths that their package records as regular files: no links are looked for there. */
  readonly regular?: readonly FilePath[];
  /** What could not be read, as whole sentences: told whether anything of it was used or not. */
  readonly problems?: readonly string[];
  /** Folders that the packages fill: nothing in them is carried only because it lies in the same folder. */
  readonly roots?: readonly FilePath[];
}

/** What a reader is told when every path has its owner. */
export interface FinishContext extends FinishOptions {
  /** Of every path that is this distribution's in the end: several may claim one, and content may differ. */
  readonly owned: readonly Owner[];
  /** Packages that are needed by distributions standing on this one, used or not. */
  readonly needed: readonly PackageRef[];
  /** Whose any path is, to name what is needed of others. */
  readonly ownerOf: (path: FilePath) => Owner | undefined;
}

export interface FinishOptions {
  /** For a reader: without the files that are new. */
  readonly machine: Machine;
  /** Where repacked packages and changed files go. */
  readonly contents: Contents;
  /** Locks that the machine was made from, where it was made by us: origins of what it still has. */
  readonly former?: readonly LockHalf[];
  /**
   * Which packages to repack. `missing`: those that no archive is known to have; that is every one where archives tell no
   * hash of a whole package.
   */
  readonly repack: 'missing' | 'all' | 'none';
  /** Which files of packages may be carried: less is private there than in people's own files. Default: all. */
  readonly mayCarry?: MayCarry;
  /** What the run itself made is no part of what it found. Default: nothing. */
  readonly isNew?: (path: FilePath) => boolean;
  /**
   * Accounts beyond those that own the closure's files: of who ran the command, of carried files and, for the base, of
   * the files of the others.
   */
  readonly ids?: { readonly users: readonly number[]; readonly groups: readonly number[] };
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Finished<Manifest extends Named, Lock extends LockHalf> {
  readonly manifest: Manifest;
  readonly lock: Lock;
  /** Every file of the closure, for the snapshot: where it lies, which may not be where it is listed. */
  readonly files: readonly FilePath[];
  /** Accounts whose home or ownership the closure needs, and other facts for people, as whole sentences. */
  readonly notes: readonly string[];
  /** Seconds since 1970: the newest date of the closure's packages. */
  readonly epoch: number;
}
