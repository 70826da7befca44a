import type { Sha256 } from '../hash.js';
import type { FilePath } from './file-path.js';

/**
 * What a path is. Identification says it first, and capture settles it for the spec: what is private becomes `left-out`
 * there, and what is not there becomes `loose`, with the use `absent`. Every path of a trace ends in exactly one.
 * `owned`: a package's file, as the package made it. `modified`: a package's file that was changed. `generated`: made
 * by a tool from something else, by the named rule. `loose`: nobody's. `host-bound`: belongs to the machine or its
 * kernel. `left-out`: of no concern, or not there (rule `absent`); in a spec, private, by the named rule.
 */
export const ownerStates = ['owned', 'modified', 'generated', 'loose', 'host-bound', 'left-out'] as const;

export type OwnerState = (typeof ownerStates)[number];

/** Names one package of one distribution, e.g. `{ distribution: 'debian', name: 'libc6', architecture: 'amd64', ... }`. */
export interface PackageRef {
  readonly distribution: string;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  /** The place that it is installed at, where the same package may be at several: an environment, a prefix, a checkout. */
  readonly at?: FilePath;
}

export interface Owner {
  readonly path: FilePath;
  readonly state: OwnerState;
  /** Of `owned`, `modified`, and `generated` where the rule knows whose. */
  readonly package?: PackageRef;
  /** Other packages that have the very same file (Multi-Arch: same siblings). */
  readonly sharedWith?: readonly PackageRef[];
  /** The path under which the package lists the file, when it differs (merged /usr, a diversion, an alternative). */
  readonly listedAs?: FilePath;
  /**
   * The name of the rule that decided, for `generated`, `host-bound` and `left-out`. Of `modified`: `removed` where
   * nothing is there, `replaced` where something else than a file is, else what differs. Of `loose`: `data` where a
   * distribution knows it as data, whatever its name says.
   */
  readonly rule?: string;
  /** For `generated`: whether create makes it again (`regenerate`) or carries it (`carry`). */
  readonly onCreate?: 'regenerate' | 'carry';
  /** In a spec: what it holds, where that is carried, or an input of the run. Identification never says it. */
  readonly content?: Sha256;
}

/** How sure it is that an archive's artifact is what was installed. */
export type Certainty = 'verified' | 'indexed' | 'version-only' | 'repacked' | 'unknown';
