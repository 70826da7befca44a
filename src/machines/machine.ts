import type { Readable, Writable } from 'node:stream';
import type { StreamOption } from '../exec.js';
import type { Exit } from '../model/access.js';
import type { FileEntry, FileKind } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import type { Platform } from '../model/platform.js';
import type { ProcessIdentity } from '../process-identity.js';

/** A connection to any place with files and maybe a shell. Paths are those of the place itself (its root is `/`). */
export interface Machine extends AsyncDisposable {
  /** For messages: `this machine`, `rootfs analysis`, `container 1f2e...`. */
  readonly label: string;
  /** Whether it is the one that this process runs on: its paths are ours, and a command can have our own streams. */
  readonly isLocal: boolean;
  /** The name of its processor, as `uname -m` has it: `x86_64`. */
  readonly processor: string;
  /** What the environment there runs on: read from its files when it is asked for, and once. */
  platform(): Promise<Platform>;
  /** Where programs of the user that we are there keep their data; of hosts other than this one. */
  readonly dataFolder?: string;
  /** The process there that lives as long as this connection; of hosts other than this one. */
  readonly keeper?: ProcessIdentity;
  readonly files: FileView;
  readonly shell?: Shell;
  /** Why no tracer can follow its programs; absent where one may. */
  readonly untraceable?: string;
  /**
   * A socket of this machine that leads to one of the host's, a path or `host:port`, as long as this connection; of
   * hosts other than this one.
   */
  forward?(target: string): Promise<string>;
}

/** Files of a machine. Intermediate links are followed inside the machine's root and never out of it. */
export interface FileView {
  /** The entry itself (a last link is not followed); undefined where nothing is. */
  lstat(path: FilePath): Promise<FileEntry | undefined>;
  /** Names in a directory in byte order; throws ENOENT/ENOTDIR as node does. */
  list(path: FilePath): Promise<FilePath[]>;
  /** Whole content of a regular file (a last link is followed); throws as node does. */
  read(path: FilePath): Promise<Buffer>;
  /** Content as a stream, for large files. */
  stream(path: FilePath): Readable;
  /** So many bytes of a file from an offset, fewer at its end; only where that costs what it gives. */
  part?(path: FilePath, offset: number, length: number): Promise<Buffer>;
  /** lstat of many paths in one pass, in the order asked; with `hash`, content hashes of regular files. */
  entries(paths: readonly FilePath[], options?: EntriesOptions): AsyncIterable<AskedEntry>;
  /** As `entries`, of no more than the kind of what is there and all at once: where that is enough it is asked for. */
  kinds(paths: readonly FilePath[], options?: KindsOptions): Promise<readonly AskedKind[]>;
  /** All regular files (links followed) that match the globs, with their content, in one pass. */
  gather(globs: readonly string[], signal?: AbortSignal, unreadable?: Unreadable): Promise<Map<FilePath, Buffer>>;
  /**
   * Contents of many files (links followed), in the order asked, but what had to be read again last: no process for
   * each. One is read, or left, before the next is asked for; what is no regular file or cannot be read is not given.
   */
  contents(paths: readonly FilePath[], options?: ContentsOptions): AsyncIterable<FileContent>;
  /**
   * Every entry at or below a root, parents first, siblings in byte order; of several roots, of which none lies in
   * another, one after the other, in one pass.
   */
  walk(root: FilePath | readonly FilePath[], options?: WalkOptions): AsyncIterable<FileEntry>;
  /** The same entries, of no more than their kinds, in pieces: folders before what they hold. */
  walkKinds(root: FilePath | readonly FilePath[], options?: WalkKindsOptions): AsyncIterable<readonly FileKind[]>;
}

/** Told of what is there and cannot be read, with a system error code. */
export type Unreadable = (path: FilePath, code: string) => void;

/** A path as it was asked for, with its entry (under that path); undefined where nothing is. */
export type AskedEntry = readonly [path: FilePath, entry: FileEntry | undefined];

export type AskedKind = readonly [path: FilePath, kind: FileKind | undefined];

export interface KindsOptions {
  readonly signal?: AbortSignal;
}

export interface EntriesOptions extends KindsOptions {
  readonly hash?: boolean;
}

export interface ContentsOptions {
  /** As much of each file's beginning as is wanted. Default: all. */
  readonly length?: number;
  readonly signal?: AbortSignal;
}

/** One of many contents, which can be read once. */
export interface FileContent {
  readonly path: FilePath;
  readonly content: AsyncIterable<Buffer>;
}

export interface WalkKindsOptions extends KindsOptions {
  /** Paths whose entry is given but whose children are not. */
  readonly exclude?: readonly FilePath[];
}

export interface WalkOptions extends EntriesOptions, WalkKindsOptions {}

/** A way to run programs on a machine. */
export interface Shell {
  spawn(argv: readonly string[], options?: SpawnOptions): Promise<Process>;
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Unpacks a tar stream below `directory`, keeping owners, modes and times. */
  put(directory: FilePath, tar: Readable): Promise<void>;
  /** A tar stream of the given paths, named without their leading slash. */
  get(paths: readonly FilePath[]): Readable;
}

export interface SpawnOptions {
  readonly cwd?: FilePath;
  /** The complete environment of the process. Default: a minimal one with PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /** `inherit` gives our own descriptor, a number that one of ours; default `pipe` for all three. */
  readonly stdin?: StreamOption;
  readonly stdout?: StreamOption;
  readonly stderr?: StreamOption;
  /** Give the process a terminal of its own (`login`); needs our stdin to be one. */
  readonly tty?: boolean;
  readonly umask?: number;
  /** Give it a further pipe to write to, as its descriptor 3; on this machine only. */
  readonly report?: boolean;
  readonly signal?: AbortSignal;
}

export interface Process {
  /** Of a program of this machine: what a terminal tells us it tells that, too. */
  readonly pid?: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Lets our own process end while this one runs. */
  unref?(): void;
  /** Takes `unref` back: waiting for `exited` needs it. */
  ref?(): void;
  readonly exited: Promise<Exit>;
}

export interface RunOptions extends Omit<SpawnOptions, 'stdin' | 'stdout' | 'stderr' | 'tty'> {
  readonly input?: Uint8Array | string;
}

export interface RunResult {
  readonly exit: Exit;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}
