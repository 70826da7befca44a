import type { Readable } from 'node:stream';
import type { ImageSettings } from '../../filesystem/image-archive.js';
import type { Progress } from '../../model/progress.js';
import type { Readiness } from '../../model/readiness.js';
import type { Resource } from '../../model/resource.js';
import type { Machine } from '../machine.js';
import type { SystemMaker } from './bootable-system.js';

/** One form of a file that holds an environment: what `export --to` writes and `import` reads. */
export interface ImageFormat {
  readonly name: string;
  readonly title: string;
  /** What its files end in. */
  readonly suffix: string;
  /** Whether this machine can make and read it, where that takes more than reproman; or what is missing. */
  check?(here: Machine): Promise<Readiness>;
  /** Whether a file is one, by its beginning, decompressed where it is compressed: of a folder nothing. */
  matches(file: string, head: Buffer): Promise<boolean>;
  /** Makes one. The same tree gives the same bytes, where the form allows it. */
  write(tree: Readable, target: FormatTarget): Promise<void>;
  /** Its tree as a plain tar stream; absent where it is only written. */
  read?(file: string, work: FormatWork): Promise<Readable>;
}

export interface FormatWork {
  /** This machine. */
  readonly here: Machine;
  /** An empty folder, which is removed afterwards. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface FormatTarget extends FormatWork {
  /** What is to be made: nothing is there yet, and it gets its name when it is whole. */
  readonly file: string;
  readonly resource: Resource;
  /** What starts in an image, where and as whom. */
  readonly settings: ImageSettings;
  /** For what boots. */
  readonly base: { readonly distribution: string; readonly release: string; readonly architecture: string };
  readonly system: SystemMaker;
}
