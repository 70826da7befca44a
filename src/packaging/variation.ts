import type { VolatileRule } from '../filesystem/volatile.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';

/** What may differ between two honest builds, because a package manager or a program makes it anew on every machine. */
export interface Variation {
  /** Rules beside those of `templates/volatile.yml`; `specs/volatile.json` publishes all. */
  readonly volatile?: readonly VolatileRule[];
  /** Compares by meaning what is not the same byte for byte; opened once for a proof. */
  sameMeaning?(context: MeaningContext): MeaningComparison;
}

export interface MeaningContext {
  /** What the origin had at a path, and what the created tree has there. */
  readonly before: (path: FilePath) => FileEntry | undefined;
  readonly after: (path: FilePath) => FileEntry | undefined;
  /** Content of a file of the created tree. */
  readonly read: (path: FilePath) => Promise<Buffer>;
  /** The created machine, for what only its own programs can tell; absent where they cannot be asked. */
  readonly machine?: () => Promise<Machine>;
}

export interface MeaningComparison extends AsyncDisposable {
  /** Of a regular file whose content differs; undefined of a kind of file that this knows nothing of. */
  compare(path: FilePath): Promise<Meaning | undefined>;
}

/** The rule by which two contents mean the same; or what was expected and why it is not so; or why it is not known. */
export type Meaning =
  | { readonly rule: string; readonly why: string }
  | { readonly expected: string; readonly why: string }
  | { readonly unproved: string };
