import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { Artifact } from '../archives/ladder.js';
import type { Sha256 } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { BootstrapPlan, PlannedPackage } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { Readiness } from '../model/readiness.js';
import type { Named, PlanContext } from './distribution.js';
import type { OpenContext } from './reader.js';

export interface Base {
  /** The name of the module. */
  readonly distribution: string;
  /**
   * As people name it, `12` say. One that is not the distribution's own has its system's name before it (`ubuntu 24.04`,
   * `fedora 40`). Where os-release has no number it is Debian's codename, or that name alone; `unknown` where it tells
   * nothing.
   */
  readonly release: string;
  readonly codename?: string;
  readonly architecture: string;
  /** Whether /bin, /sbin and /lib are links into /usr. */
  readonly layout: 'merged-usr' | 'split-usr';
}

/** A release that was named; its layout is that of today's systems where nothing else is said. */
export type NamedRelease = Pick<Base, 'release' | 'codename'> & Partial<Pick<Base, 'layout'>>;

/** What the system's own programs are linked with, and so all that is compiled for it. */
export type LibC = 'glibc' | 'musl';

/** What code is written in that is translated when it is built; C with all that its compilers translate. */
export type CompiledLanguage = 'c' | 'fortran' | 'rust';

/** What a distribution does as the base of a machine. */
export interface BaseSystem<Manifest extends Named = Named, Lock extends LockHalf = LockHalf> {
  /** The few of the module's databases that `describe` reads. */
  readonly files: readonly string[];
  /** What the spec's envelope says of it; undefined where this distribution is not on the machine. */
  describe(context: OpenContext): Promise<Base | undefined>;
  /** What it calls architectures. */
  readonly architectureSchema: ZodType<string>;
  /** What is wrong with a codename that is not the release's, where both are known. */
  contradictionIn?(base: Pick<Base, 'release' | 'codename'>): string | undefined;
  /** What people call systems of it beside its own name, as os-release has them in `ID`. */
  readonly systems: readonly string[];
  /** What it calls the architecture of a machine (`uname -m`). */
  architectureOf(machine: string): string;
  /**
   * The release of such a system that a number or codename names, written as in {@link Base}; undefined where there is
   * none of that name. `system` is one of `systems`, or the distribution's own name.
   */
  release(name: string, system: string): NamedRelease | undefined;
  /** The C library of a release. */
  libc(release: string): LibC;
  /** The packages of a release that translate code, by what that is in, and those that modules of its Python are compiled with. */
  compilers(release: string): Readonly<Record<CompiledLanguage | 'python', readonly string[]>>;
  /** Folders and links that every system of it makes itself: a plan leaves them be. */
  readonly folders: ReadonlySet<FilePath>;
  /** Its half of a manifest that asks for no package of it. */
  readonly bare: Manifest;
  /** Pure: the first stage, as data. */
  plan(lock: Lock, context: PlanContext): BootstrapPlan;
  /** Whether the host has the tools that `build` runs there. */
  readiness(host: Machine): Promise<Readiness>;
  /**
   * Makes the bare system as a tar stream, the same bytes for the same plan: its dates are those of the packages or the
   * plan's epoch, and it has the lock's accounts. The root may be a member or not. Scripts of packages may run for it; it
   * needs no network, for all that it is made of is in `artifacts`.
   */
  build(plan: BootstrapPlan, context: BuildContext): Promise<Readable>;
  /** Makes it from one that was built before, the same bytes; undefined where it is not sure that they would be. */
  remake?(plan: BootstrapPlan, former: FormerSystem, context: BuildContext): Promise<Readable | undefined>;
  /** Adds packages to a system of it that was built. Without it, such a system is built again with more of its packages. */
  install?(packages: readonly PlannedPackage[], context: InstallContext): Promise<void>;
  /**
   * Adds packages to a machine that is lived in, by its own tool and in one go: nothing that is there is replaced or
   * removed for it, and where that cannot be, nothing is done.
   */
  installLive?(packages: readonly PlannedPackage[], context: InstallContext): Promise<void>;
  /** Whether its own tool writes down in this file what it installed. Where the tool installs, no step of a plan writes it. */
  isRecord?(path: FilePath): boolean;
  /** Takes packages away that were added, but those that others need. Returns which are still there, and why, in words. */
  uninstall?(packages: readonly InstalledPackage[], context: UninstallContext): Promise<readonly string[]>;
  /** What differs between the packages that the plan wants and those that the machine has, as sentences; empty when equal. */
  check(plan: BootstrapPlan, machine: Machine): Promise<readonly string[]>;
}

/** A bare system that was built before, of another plan. */
export interface FormerSystem {
  readonly plan: BootstrapPlan;
  /** What was found for each of its packages. */
  readonly found: readonly (Sha256 | null)[];
  /** A file on the host with its tar stream; undefined where that is gone, or damaged. */
  locate(): Promise<string | undefined>;
}

export interface InstallContext {
  /** Where the system is, with a shell. */
  readonly machine: Machine;
  readonly artifacts: ReadonlyMap<PlannedPackage, Artifact>;
  /** Of the plan. */
  readonly epoch: number;
  readonly signal?: AbortSignal;
}

/** One package of a machine. */
export type InstalledPackage = Pick<PlannedPackage, 'name' | 'version' | 'architecture'>;

export interface UninstallContext {
  /** Where the system is, with a shell. */
  readonly machine: Machine;
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
