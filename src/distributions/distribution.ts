import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { Contents } from '../archives/contents.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import type { BootstrapPlan, PlannedPackage, Step } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { Readiness } from '../model/readiness.js';

/**
 * Everything about one package manager. `Manifest` is what people read and edit of it in `environment.yml`, `Lock` the
 * exact half in `environment.d`; both carry the module's `name` as their discriminator.
 */
export interface DistributionModule<Manifest extends Named = Named, Lock extends Named = Named> {
  readonly name: string;
  readonly title: string;
  readonly manifestSchema: ZodType<Manifest>;
  readonly lockSchema: ZodType<Lock>;
  /** Globs of the files that the reader needs; all modules' files are gathered in one pass. */
  readonly databases: readonly string[];
  /** Reads the databases; undefined where this distribution is not on the machine. */
  open(context: OpenContext): Promise<Reader<Manifest, Lock> | undefined>;
  /** What the spec's envelope says of the base system, when this distribution is one. */
  base?(context: OpenContext): Promise<Base | undefined>;
  /** The few of `databases` that `base` reads. */
  readonly baseFiles?: readonly string[];
  /** Resolves a hand-written or edited manifest into a lock with what its archives have. */
  resolve?(manifest: Manifest, context: ResolveContext<Lock>): Promise<Lock>;
  /** Pure: lock to plan. */
  plan(lock: Lock, context: PlanContext): DistributionPlan;
  /** Whether the host has the tools that `bootstrap` runs there. */
  readiness?(host: Machine): Promise<Readiness>;
  /** Of a distribution that can stand alone: makes the bare system as a tar stream. */
  bootstrap?(plan: BootstrapPlan, context: BootstrapContext): Promise<Readable>;
  /** What differs between the packages that the plan wants and those that the machine has; empty when equal. */
  check(plan: BootstrapPlan, machine: Machine): Promise<readonly string[]>;
  compareVersions(a: string, b: string): number;
  /** Versions that a tree at rest has installed, by `name` and `name:architecture`; `read` gives undefined of no file. */
  installed?(read: TreeReader): Promise<ReadonlyMap<string, string> | undefined>;
  /** Files of a tree at rest that packages ship as settings for people to edit, with the MD5 of what they ship. */
  settings?(read: TreeReader): Promise<ReadonlyMap<FilePath, string>>;
}

/** Content of a regular file of a tree at rest; undefined where none is. */
export type TreeReader = (path: FilePath) => Promise<Buffer | undefined>;

export interface Named {
  readonly name: string;
}

export interface Base {
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
}

/** Opened once per machine; asked to claim paths until nothing new comes. */
export interface Reader<Manifest extends Named = Named, Lock extends Named = Named> {
  claim(paths: readonly FilePath[]): Promise<Claims>;
  /** Of claimed paths: the owners of those whose content is not what their package recorded, to replace the claims. */
  verify?(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]>;
  finish(context: FinishContext): Promise<Finished<Manifest, Lock>>;
}

export interface Claims {
  readonly owners: readonly Owner[];
  /** Paths found on the way that must be identified too (a link's target, a package's source tree). */
  readonly more: readonly FilePath[];
  /** Claimed paths that their package records as regular files: no links are looked for there. */
  readonly regular?: readonly FilePath[];
}

export interface FinishContext {
  readonly machine: Machine;
  /** Where repacked packages and changed files go. */
  readonly contents: Contents;
  /** Which packages to repack: those no archive has, all, or none. */
  readonly repack: 'missing' | 'all' | 'none';
  /** Accounts that ran the command or own carried files, beyond those that own the closure's files. */
  readonly ids?: { readonly users: readonly number[]; readonly groups: readonly number[] };
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Finished<Manifest extends Named, Lock extends Named> {
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

export interface PlanContext {
  readonly base: Base;
  readonly epoch: number;
  /** Ids of accounts that own carried files or ran the command, beyond those the packages make. */
  readonly ids: { readonly users: readonly number[]; readonly groups: readonly number[] };
}

export interface DistributionPlan {
  readonly bootstrap?: BootstrapPlan;
  /** In order, after every distribution that this one needs. */
  readonly steps: readonly Step[];
}

export interface BootstrapContext {
  readonly host: Machine;
  /** Local paths of the artifacts, verified, by package. */
  readonly artifacts: ReadonlyMap<PlannedPackage, string>;
  /** An empty folder on the host that is removed afterwards. */
  readonly workFolder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}
