import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { Contents } from '../archives/contents.js';
import type { Artifact, Offer } from '../archives/ladder.js';
import type { TarMember } from '../filesystem/tar.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { Owner, PackageRef } from '../model/owner.js';
import type { BootstrapPlan, PlannedPackage, RunStep, Step } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { Readiness } from '../model/readiness.js';
import type { Variation } from './variation.js';

/**
 * Everything about one package manager. `Manifest` is what people read and edit of it in `environment.yml`, `Lock` the
 * exact half in `environment.d`; both carry the module's `name` as their discriminator.
 */
export interface DistributionModule<Manifest extends Named = Named, Lock extends LockHalf = LockHalf>
  extends Variation {
  readonly name: string;
  readonly title: string;
  readonly manifestSchema: ZodType<Manifest>;
  readonly lockSchema: ZodType<Lock>;
  /** What the rules that its owners carry say, by their names: the end of a sentence that begins with a path. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Globs of the files that the reader needs at fixed places; all modules' files are gathered in one pass. */
  readonly databases: readonly string[];
  /** Reads the databases; undefined where this distribution is not on the machine. */
  open(context: OpenContext): Promise<Reader<Manifest, Lock> | undefined>;
  /** Of a distribution that can be the base of a machine: everything else stands on it. */
  readonly base?: BaseSystem<Manifest, Lock>;
  /** Resolves a hand-written or edited manifest into a lock with what its archives have. */
  resolve?(manifest: Manifest, context: ResolveContext<Lock>): Promise<Resolved<Lock>>;
  /**
   * What must be in place before this one: another distribution, or a package of it, such as the interpreter of a
   * virtual environment. The base need not be named; a package of it must be.
   */
  needs?(lock: Lock): readonly Need[];
  /** Pure: what customize puts on the base system, and sets right there. */
  plan(lock: Lock, context: PlanContext): DistributionPlan;
  /** What an artifact, a local file, puts in place, for steps that unpack it `as` one of this distribution. */
  extract?(file: string, details: unknown): AsyncIterable<Unpacked>;
  /**
   * Pure: what is done in a throwaway copy of an environment before a command runs again there. It is for what programs
   * note of files beside what these hold, the time at which they were put there say, and so holds in no copy.
   */
  beforeRun?(lock: Lock): readonly RunStep[];
  /** What a machine has of planned packages beside the addresses in the plan: caches, and the archives that it uses. */
  offers?(host: Machine): Promise<(planned: PlannedPackage) => Offer>;
  compareVersions(a: string, b: string): number;
  /** Tells which version of a package a tree at rest has installed; undefined where the tree has no database of it. */
  installed?(tree: TreeReader): Promise<InstalledVersion | undefined>;
  /** Tells of a tree at rest whether a file is a setting that people may edit, and is still as its package ships it. */
  settings?(tree: TreeReader): Promise<(path: FilePath) => Promise<boolean>>;
}

/** One member of an artifact, its paths seen from where it is unpacked. */
export type Unpacked = Omit<TarMember, 'offset'>;

/** What a distribution does as the base of a machine. */
export interface BaseSystem<Manifest extends Named = Named, Lock extends LockHalf = LockHalf> {
  /** The few of the module's databases that `describe` reads. */
  readonly files: readonly string[];
  /** What the spec's envelope says of it; undefined where this distribution is not on the machine. */
  describe(context: OpenContext): Promise<Base | undefined>;
  /** What is wrong with a codename that is not the release's, where both are known. */
  contradictionIn?(base: Pick<Base, 'release' | 'codename'>): string | undefined;
  /** Its half of a manifest that asks for no package of it. */
  readonly bare: Manifest;
  /** Pure: the first stage, as data. */
  plan(lock: Lock, context: PlanContext): BootstrapPlan;
  /** Whether the host has the tools that `build` runs there. */
  readiness(host: Machine): Promise<Readiness>;
  /** Makes the bare system as a tar stream. */
  build(plan: BootstrapPlan, context: BuildContext): Promise<Readable>;
  /** What differs between the packages that the plan wants and those that the machine has; empty when equal. */
  check(plan: BootstrapPlan, machine: Machine): Promise<readonly string[]>;
}

/** A tree at rest; links in it are followed. */
export interface TreeReader {
  /** Content of a regular file; undefined where none is. */
  read(path: FilePath): Promise<Buffer | undefined>;
  /** Names in a folder, in byte order; none where no folder is. */
  list(path: FilePath): Promise<readonly FilePath[]>;
}

/** The installed version of a package at the place that the reference names; undefined where it is not installed. */
export type InstalledVersion = (reference: PackageRef) => Promise<string | undefined>;

export interface Named {
  readonly name: string;
}

export interface Base {
  /** The name of the module. */
  readonly distribution: string;
  readonly release: string;
  readonly codename?: string;
  readonly architecture: string;
  /** Whether /bin, /sbin and /lib are links into /usr. */
  readonly layout: 'merged-usr' | 'split-usr';
}

export interface OpenContext {
  readonly machine: Machine;
  /** The gathered database files of this module (and of others). */
  readonly databases: ReadonlyMap<FilePath, Buffer>;
  /** What the processes of the run had in their environments, as bytes in latin1; absent where nothing ran. */
  readonly environments?: () => Iterable<ReadonlyMap<string, string>>;
  /** Which of people's own files, that a repository holds say, may be carried where nobody asked for it. Default: all. */
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
   * that were asked too and that the base has, so that nobody else can; they may still tell what ran.
   */
  claim(
    paths: readonly FilePath[],
    databases: ReadonlyMap<FilePath, Buffer>,
    ofBase: readonly FilePath[],
  ): Promise<Claims>;
  /** Of claimed paths: the owners of those whose content is not what their package recorded, to replace the claims. */
  verify?(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]>;
  /**
   * Writes both halves, sorted, of what is owned and what is `needed`, used or not. What `isNew` is no part of it; what
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

/** A distribution, or one package of it. */
export type Need = Pick<PackageRef, 'distribution'> | PackageRef;

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
  readonly machine: Machine;
  /** Where repacked packages and changed files go. */
  readonly contents: Contents;
  /** Locks that the machine was made from, where it was made by us: origins of what it still has. */
  readonly former?: readonly LockHalf[];
  /** Which packages to repack: those no archive has, all, or none. */
  readonly repack: 'missing' | 'all' | 'none';
  /** Which files of packages may be carried where nobody asked for it. Default: all. */
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
  /** Every file of the closure, for the snapshot. */
  readonly files: readonly FilePath[];
  /** Accounts whose home or ownership the closure needs, and other facts for people, as whole sentences. */
  readonly notes: readonly string[];
  /** Seconds since 1970: the newest date of the closure's packages. */
  readonly epoch: number;
}

export interface ResolveContext<Lock> {
  readonly base: Base;
  /** The lock that came with the manifest, when there was one. */
  readonly previous?: Lock;
  readonly host: Machine;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Resolved<Lock> {
  readonly lock: Lock;
  /** Seconds since 1970: as `Finished` has it, or the date of the archives; undefined where they tell none. */
  readonly epoch?: number;
}

export interface PlanContext {
  readonly base: Base;
  readonly epoch: number;
}

/** What a distribution adds to the base system. */
export interface DistributionPlan {
  /** What is fetched for the steps, which name the content of an artifact by the value of its digest. */
  readonly artifacts?: readonly PlannedPackage[];
  /** In order, after those of every distribution that this one needs. */
  readonly steps: readonly Step[];
}

export interface BuildContext {
  readonly host: Machine;
  /** What the ladder found, verified, by package. */
  readonly artifacts: ReadonlyMap<PlannedPackage, Artifact>;
  /** An empty folder on the host that is removed afterwards. */
  readonly workFolder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}
