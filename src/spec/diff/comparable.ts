import type { FileEntry } from '../../model/file-entry.js';
import type { Accounts } from '../../model/lock-half.js';
import type { Installed } from '../../packaging/requests.js';
import type { Manifest, ManifestAbsent, ManifestFile, ManifestRun, ManifestStep } from '../document/schema.js';

/** One package of a spec, whether it is locked or only asked for. */
export interface ComparablePackage {
  readonly distribution: string;
  readonly name: string;
  /** Absent: any, or the usual one. */
  readonly architecture?: string;
  /** The architecture as it is recorded, be it the usual one or any. */
  readonly recorded?: string;
  /** The place that it is installed at, where the same package may be at several. */
  readonly at?: string;
  /** Absent: whatever `constraint` allows. */
  readonly version?: string;
  /** What is asked for behind the name, as it is written: `>=1.2`. */
  readonly constraint?: string;
  readonly build?: string;
  /** Where it lies, of what is the same wherever it lies. */
  readonly folder?: string;
  /** What it is wherever it lies, such as the first commit of a repository. */
  readonly identity?: string;
  /** Where it can be had; empty where nobody said. */
  readonly origins: readonly string[];
  /** Names the very content, where two specs that have the same package have the same of these. */
  readonly content: Readonly<Record<string, string>>;
  /** Whatever else makes a difference to what is installed, by the field that says it. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What one line of a manifest asks for. */
export interface RequestedPackage extends ComparablePackage {
  /** As it is written. */
  readonly text: string;
  /** Whether a package of that name is one that is asked for. */
  readonly allows: (installed: Installed) => boolean;
}

/** A spec as what can be compared, whatever it was read from. */
export interface ComparableSpec {
  /** What it is called in results. */
  readonly name: string;
  readonly base: Manifest['base'] | undefined;
  /** All that is installed; undefined where nothing was resolved. */
  readonly installed: readonly ComparablePackage[] | undefined;
  /** What is asked for. */
  readonly requested: readonly RequestedPackage[];
  /** Of each distribution what is set of it beside its packages. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly accounts: Accounts;
  readonly files: readonly ManifestFile[];
  /** Paths that are named without anything being known of them. */
  readonly paths: readonly string[];
  readonly absent: readonly ManifestAbsent[];
  readonly steps: readonly ManifestStep[];
  readonly runs: readonly ManifestRun[];
  readonly host: NonNullable<Manifest['host']>;
  /** Every entry that is known of the environment. */
  snapshot(): AsyncIterable<FileEntry>;
}
