import type { Asking } from '../archives/service.js';
import type { ContentFolder } from '../archives/store.js';
import type { LockHalf } from '../model/lock-half.js';
import type { PlannedPackage } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { Base, BaseSystem } from './base-system.js';

/** How packages are made from one source, as data. */
export interface BuildRecipe {
  /** For messages: the source and its version. */
  readonly title: string;
  /** What comes out of it, by the names of the files that it leaves. */
  readonly results: ReadonlyMap<string, PlannedPackage>;
  /** The files of the source, each with the digest that it is verified by. */
  readonly sources: readonly PlannedPackage[];
  /** What it is built in. */
  readonly room: BuildRoom;
  /** Run one after the other, without a network, in a folder that holds the sources and then the results. */
  readonly commands: readonly BuildCommand[];
  /** How the source and the environment were known. */
  readonly evidence: string;
}

/** An environment that is made for one build. */
export interface BuildRoom {
  /** Of the distribution that is its base, then of others on it. */
  readonly locks: readonly [LockHalf, ...LockHalf[]];
  /** Packages of that base which are needed beside those of its lock, at whatever version goes with them. */
  readonly more?: readonly string[];
  /** Seconds since 1970: its date. */
  readonly epoch: number;
}

/** A command; the folder that it runs in is the one with the sources, or one below it. */
export interface BuildCommand {
  /** For messages. Default: its words. */
  readonly title?: string;
  readonly argv: readonly string[];
  readonly folder?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface BuildRecipeContext extends Asking {
  readonly base: Base;
  /** What it is a system of. */
  readonly system: Pick<BaseSystem, 'compilers' | 'libc'>;
  /** The lock that packages are built for, with its date in seconds since 1970. */
  readonly lock: { readonly distributions: readonly LockHalf[]; readonly epoch: number };
  /** Where what is read to find out how to build may be kept. */
  readonly store: ContentFolder;
  readonly progress: Progress;
}

/** Finds the sources of packages and what it takes to build them; of those that have none it tells why. */
export type SourceBuilder = (
  packages: readonly PlannedPackage[],
  context: BuildRecipeContext,
) => Promise<readonly BuildRecipe[]>;
