import type { ZodType } from 'zod';
import type { Contents } from '../archives/contents.js';
import type { Offer } from '../archives/ladder.js';
import type { ArchiveService } from '../archives/service.js';
import type { TarMember } from '../filesystem/tar.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { PackageRef } from '../model/owner.js';
import type { PlannedPackage, RunStep, Step } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { Base, BaseSystem, LibC } from './base-system.js';
import type { OpenContext, Reader } from './reader.js';
import type { Recipe } from './recipe.js';
import type { Gone, Requests } from './requests.js';
import type { SourceBuilder } from './source-builder.js';
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
  /** Whether it can resolve with its archives as they were at a time (`at`). */
  readonly hasDates?: true;
  /** The half of a manifest that asks for packages by the names that people give, each checked by the schema later. */
  request?(names: readonly string[]): Manifest;
  /** The package of a base that it stands on, asked for in a spec that asks for nothing of its base. */
  readonly standsOn?: string;
  /** The half that asks for the packages of a lock at their very versions. */
  exact?(lock: Lock): Manifest;
  /** How requests in its half are read and changed. */
  readonly requests?: Requests<Manifest>;
  /** The half for what is below it now: its interpreter, say, may be another one than when it was made. */
  adapt?(manifest: Manifest, context: BelowContext): Manifest;
  /**
   * What must be in place before this one: another distribution, or a package of it, such as the interpreter of a
   * virtual environment. The base need not be named; a package of it must be.
   */
  needs?(lock: Lock): readonly Need[];
  /** Pure: packages of a lock that lack others, or cannot be there beside them; default: by the `needs` of each. */
  unmet?(lock: Lock): readonly Unmet[];
  /**
   * Pure: what customize puts on the base system, and sets right there. It is asked of the base too, whose packages are
   * then in the plan of {@link BaseSystem} already, and not in this one.
   */
  plan(lock: Lock, context: PlanContext): DistributionPlan;
  /** Pure: how its own tools install a lock, as far as they can; all else is put in place by the steps of the plan. */
  recipes?(lock: Lock, context: PlanContext): readonly Recipe[];
  /** What an artifact, a local file, puts in place, for steps that unpack it `as` one of this distribution. */
  extract?(file: string, details: unknown): AsyncIterable<Unpacked>;
  /**
   * Pure: what is done in a throwaway copy of an environment before a command runs again there. It is for what programs
   * note of files beside what these hold, the time at which they were put there say, and so holds in no copy.
   */
  beforeRun?(lock: Lock): readonly RunStep[];
  /** Pure: what a shell must be told for its user to work with what lies at places of its own, such as a venv. */
  shell?(lock: Lock): readonly ShellSettings[];
  /** What a machine has of planned packages beside the addresses in the plan: caches, and the archives that it uses. */
  offers?(host: Machine): Promise<(planned: PlannedPackage) => Offer>;
  /** The services that keep what its archives have dropped, by the settings in these variables and of the machine. */
  services?(environment: Readonly<Record<string, string | undefined>>, host: Machine): readonly ArchiveService[];
  /** How its packages are made from their sources. */
  builder?(environment: Readonly<Record<string, string | undefined>>): SourceBuilder;
  compareVersions(a: string, b: string): number;
  /** Tells which version of a package a tree at rest has installed; undefined where the tree has no database of it. */
  installed?(tree: TreeReader): Promise<InstalledVersion | undefined>;
  /** Tells of a tree at rest whether a file is a setting that people may edit, and is still as its package ships it. */
  settings?(tree: TreeReader): Promise<(path: FilePath) => Promise<boolean>>;
  /** All that the database of a tree at rest lists, as its own tool does. */
  listed?(tree: TreeReader): Promise<readonly ListedPackage[]>;
}

export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** Bytes, when installed. */
  readonly size?: number;
}

/** A package that cannot be installed with the others of its lock. */
export interface Unmet {
  readonly package: string;
  /** Any of these would do, at another version where they are there; or are in its way. */
  readonly needs: readonly string[];
}

/** Of one place, as a shell has it. */
export interface ShellSettings {
  /** The folder of its programs, as text. */
  readonly programs: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A distribution, or one package of it. */
export type Need = Pick<PackageRef, 'distribution'> | PackageRef;

export interface BelowContext {
  readonly base: Base;
  /** What was resolved of the distributions below. */
  readonly below: readonly LockHalf[];
}

export interface ResolveContext<Lock> {
  readonly base: Base;
  /** Of that base. */
  readonly libc: LibC;
  /** The lock that came with the manifest, when there was one. */
  readonly previous?: Lock;
  /** The base is of another release now than that lock is of: its archives are none of this one's. */
  readonly isMoved?: boolean;
  /** What was resolved of the distributions below. */
  readonly below?: readonly LockHalf[];
  /** The archives as they were at that time, in seconds since 1970; default: as they are. */
  readonly at?: number;
  /** Where what no archive has is kept; absent where nothing may be. */
  readonly contents?: Contents;
  readonly host: Machine;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Resolved<Lock> {
  readonly lock: Lock;
  /** Seconds since 1970: as `Finished` has it, or the date of the archives; undefined where they tell none. */
  readonly epoch?: number;
  /** What was asked for and no archive has under that name any more. */
  readonly gone?: readonly Gone[];
}

export interface PlanContext {
  readonly base: Base;
  /** Of that base. */
  readonly libc: LibC;
  readonly epoch: number;
}

/** What a distribution adds to the base system. */
export interface DistributionPlan {
  /** What is fetched for the steps, which name the content of an artifact by the value of its digest. */
  readonly artifacts?: readonly PlannedPackage[];
  /** In order, after those of every distribution that this one needs. */
  readonly steps: readonly Step[];
}

/** One member of an artifact, its paths seen from where it is unpacked. */
export type Unpacked = Omit<TarMember, 'offset'>;

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
