import type { Digest, Sha256 } from '../hash.js';
import type { FilePath } from './file-path.js';

interface StepBase {
  /** Why the step is there, shown by `--dry-run`. */
  readonly reason: string;
}

interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Puts content at a path: from the spec's `environment.d` by its hash, or an artifact by the value of its digest. */
export interface WriteStep extends StepBase, Ownership {
  readonly kind: 'write';
  readonly path: FilePath;
  readonly content: string;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export interface DirectoryStep extends StepBase, Ownership {
  readonly kind: 'directory';
  readonly path: FilePath;
  readonly mtime?: number;
}

export interface LinkStep extends StepBase {
  readonly kind: 'link';
  readonly path: FilePath;
  readonly target: FilePath;
  readonly uid: number;
  readonly gid: number;
  readonly mtime?: number;
}

/** Unpacks an artifact of the plan, a tar that may be compressed or what `as` says, below a folder that is there. */
export interface UnpackStep extends StepBase {
  readonly kind: 'unpack';
  readonly path: FilePath;
  /** The value of the artifact's digest. */
  readonly content: string;
  /** So many leading parts of its members' names are dropped. Default 0. */
  readonly strip?: number;
  /** Of all that it holds. Default: as the archive says. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Of what is not simply put where its members say: the distribution that knows, and what it has to be told. */
  readonly as?: { readonly distribution: string; readonly details: unknown };
}

export interface RemoveStep extends StepBase {
  readonly kind: 'remove';
  readonly path: FilePath;
}

/** Runs a command inside the environment; never a shell string. */
export interface RunStep extends StepBase {
  readonly kind: 'run';
  readonly argv: readonly string[];
  readonly cwd?: FilePath;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a command of the spec of which is known what it leaves. What comes out otherwise is put in place as it was where
 * its content is kept, and told.
 */
export interface ReplayStep extends StepBase {
  readonly kind: 'replay';
  /** Of the manifest's step. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: FilePath;
  readonly environment: Readonly<Record<string, string>>;
  readonly umask: number;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /** The exit code that it has. */
  readonly exit: number;
  /** Why it cannot run: what it makes is put in place then. */
  readonly cannotRun?: string;
  readonly makes: readonly MadeEntry[];
}

/** One thing that a command leaves, as the step that would put it there. */
export interface MadeEntry {
  readonly entry: WriteStep | DirectoryStep | LinkStep;
  /** Whether it can be put there: the spec has its content. */
  readonly kept: boolean;
}

/** One step of customize: the same on every backend. Executed in order. */
export type Step = WriteStep | DirectoryStep | LinkStep | UnpackStep | RemoveStep | RunStep | ReplayStep;

/** One package to install, with where its artifact can be had, best first. */
export interface PlannedPackage {
  /** The distribution that it is of. */
  readonly distribution: string;
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  /** Where it goes, of what may be at several places. */
  readonly at?: FilePath;
  readonly used: boolean;
  readonly artifact: ArtifactSource;
}

/** An artifact, which is one file, by its digest with the ladder of places to get it from. */
export interface ArtifactSource {
  /** The artifact's file name, for people and progress. */
  readonly name: string;
  /** Unknown only of a package that no index describes and that was not repacked. */
  readonly digest?: Digest;
  /** What steps name its content by where the digest is unknown, and yet it may be built, or be had by its version. */
  readonly key?: Sha256;
  readonly size?: number;
  /** The C library of the base that it is for, of what is had by its version alone. Default: glibc. */
  readonly libc?: 'musl';
  /** Where the traced machine had it from. */
  readonly urls: readonly string[];
  /** The archives that listed it; of one that none did, those that may once have. */
  readonly origins?: readonly ArtifactOrigin[];
  /** The source package that it was built from. */
  readonly source?: { readonly name: string; readonly version: string };
  /** The SHA-256 of its own description of itself, by which it is known whatever is signed onto it. */
  readonly mark?: Sha256;
  /** Public keys, among the contents, of whom one has to have signed what stands in for it; default: no matter who did. */
  readonly signedBy?: readonly Sha256[];
  /** Of an artifact that is made of what its addresses give (commits): the list, among the contents, that says how. */
  readonly listing?: Sha256;
  /** The hash of the copy among the contents of `environment.d`; another than `digest` where it was repacked. */
  readonly content?: Sha256;
}

/** An archive as its index called itself when it was read: services that keep archives by date know it by that. */
export interface ArtifactOrigin {
  /** Its base address. */
  readonly uri?: string;
  readonly origin?: string;
  readonly label?: string;
  readonly suite?: string;
  readonly component?: string;
  /** Of the index, ISO 8601. */
  readonly date?: string;
  /** Where the artifact is below the archive's address, if this archive listed it. */
  readonly path?: string;
  /** What its index is signed with; where it is absent, what the machine that asks trusts. */
  readonly signature?: ArchiveSignature;
}

/** How the traced machine knew that an archive's index is what it should be. */
export interface ArchiveSignature {
  /** The keyring that its source names. */
  readonly keyring?: FilePath;
  /** Keys among the contents. */
  readonly keys?: readonly Sha256[];
  /** It took the archive's word without any signature. */
  readonly isUnsigned?: true;
}

/** Spec plus archives, resolved to ordered steps, as data. */
export interface Plan {
  /** The SHA-256 of the plan's canonical JSON without this member. */
  readonly digest: Sha256;
  readonly bootstrap: BootstrapPlan;
  /** What the steps of customize install, beside what bootstrap does. */
  readonly artifacts: readonly PlannedPackage[];
  readonly customize: readonly Step[];
  /** Which of these, from the first on, are of one kind of packages and make a layer of their own; the others are the spec's. */
  readonly layers: readonly PlannedLayer[];
  /** The environment of a process in the finished machine (from the first run of the spec). */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: FilePath;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
}

/** What one kind of packages puts on the base. */
export interface PlannedLayer {
  /** The distribution. */
  readonly kind: string;
  /** How many steps it has. */
  readonly steps: number;
}

/** The first stage: a bare system of the right base, holding exactly these packages. */
export interface BootstrapPlan {
  readonly distribution: string;
  readonly release: string;
  readonly architecture: string;
  /** Seconds since 1970: the newest date of the closure's packages; clamps every date that a build makes. */
  readonly epoch: number;
  readonly packages: readonly PlannedPackage[];
  /** What the distribution needs beside the packages (accounts, layout, sources); its own schema. */
  readonly details: unknown;
  /** The finished system as a tar among the contents: neither packages nor steps are needed. */
  readonly tree?: Sha256;
}
