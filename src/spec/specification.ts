import type { Contents } from '../archives/contents.js';
import type { StandIns } from '../archives/stand-ins.js';
import type { Access, Exit, ProgramOfRun, RunConditions, TracedProcess } from '../model/access.js';
import type { FileEntry } from '../model/file-entry.js';
import type { Owner } from '../model/owner.js';
import type { Lock, Manifest, ManifestOutput } from './document/schema.js';

/** A spec as it lies on disk: the manifest, and what `environment.d` beside it holds. */
export interface Specification {
  /** The manifest's absolute local path. */
  readonly file: string;
  readonly manifest: Manifest;
  /** Absent for a hand-written manifest, and for one that was edited after its lock was made (`stale`). */
  readonly lock: Lock | undefined;
  /** The lock of an edited manifest: what it was resolved to before. */
  readonly stale: Lock | undefined;
  readonly contents: Contents;
  /** What came with it in the place of artifacts: nothing, but of a spec that was in a bundle. */
  readonly standIns: StandIns;
  /** Every entry of the traced snapshot; nothing for a hand-written spec. */
  snapshot(): AsyncIterable<FileEntry>;
  /** Whose each path is, of a spec that no run made; empty for every other. */
  paths(): Promise<readonly AccessRecord[]>;
  /** The record of one run or step; undefined for a hand-written one. */
  trace(run: string): Promise<RecordedTrace | undefined>;
}

/** A spec with the lock that it was resolved to. */
export type LockedSpecification = Specification & { readonly lock: Lock };

/** One access with what identification said of it. */
export interface AccessRecord extends Access {
  readonly owner: Owner;
  /** The first few programs of the run that used it. */
  readonly by?: readonly ProgramOfRun[];
}

/** A trace as a spec keeps it: identified, and free of secrets. */
export interface RecordedTrace {
  readonly tracer: { readonly name: string; readonly version: string };
  readonly conditions: RunConditions;
  /** Absent where the trace left the command while it ran. */
  readonly exit?: Exit;
  readonly accesses: readonly AccessRecord[];
  readonly processes: readonly TracedProcess[];
  /** Allowed variables, as bytes in latin1, by the key that processes name. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly connections: readonly string[];
  readonly notes: readonly string[];
  /** Packages are others since: what it used of them is not among the accesses any more. */
  readonly moved?: true;
  /** The outputs that the manifest shows as a folder. */
  readonly outputs?: readonly ManifestOutput[];
  /** Of `--repeat`: paths whose uses differed between runs on the origin, and outputs that varied. */
  readonly varying: {
    readonly accesses: readonly string[];
    readonly outputs: readonly string[];
    /** How often the command ran on the origin; absent: once, so that nothing is known of its variation. */
    readonly runs?: number;
  };
}
