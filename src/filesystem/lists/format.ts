import { ReproError } from '../../errors.js';
import type { PackageNaming } from '../../model/package-text.js';
import type { EntryBatch } from '../trie/entry-batch.js';

/** A package that a list names, with what only some lists tell. */
export interface ListedPackage extends PackageNaming {
  readonly origin?: string;
  /** Bytes when installed. */
  readonly size?: number;
}

/** What a list tells beside its entries. What it does not tell is absent. */
export interface ListFacts {
  readonly packages?: readonly ListedPackage[];
  /** As the list has it: nobody has looked for secrets in it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** As os-release has it: `ID`, `VERSION_ID`. */
  readonly system?: Readonly<Record<string, string>>;
  readonly image?: ListedImage;
}

/** The image that a list is of. */
export interface ListedImage {
  readonly names?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly architecture?: string;
  /** Digests of its unpacked layers, the lowest first. */
  readonly layers?: readonly string[];
}

/** The beginning of a list, unpacked: as bytes, and as their Latin-1 view. */
export interface Head {
  readonly bytes: Buffer;
  readonly text: string;
}

export interface ListInput {
  /** What messages call it. */
  readonly where: string;
  readonly head: Head;
  /** The whole list, unpacked. */
  readonly content: AsyncIterable<Buffer>;
  /** Whether hashes are wanted, of what has contents. */
  readonly hash: boolean;
  /** Takes what the list tells beside its entries; told twice, the later word counts for each field. */
  readonly tell: (facts: ListFacts) => void;
}

/** A step of an asynchronous iteration costs more than an entry. Each is good until the next is asked for. */
export type Batches = AsyncIterable<EntryBatch>;

/**
 * One way to write down which files there are. What `read` yields and tells
 * - has paths as `rooted` makes them of bytes, or `rootedText` of text (both in paths-of-lists.ts);
 * - names the `package` of an entry by the `packageText` of one of those that are told;
 * - calls distributions as the modules here are called: what SBOMs call them is translated in purl.ts;
 * - need not be free of secrets: whoever takes what is told looks for them.
 */
export interface ListFormat {
  /** For people: `a list of files as NAME writes it`. */
  readonly title: string;
  /** The command that makes one. */
  readonly made: string;
  /** Whether what begins so is one. */
  isLike(head: Head): boolean;
  /** Whether it looks like an archive of files, which would be read as one. */
  readonly isArchive?: true;
  /** Whether it has no entries of its own, but names lists: `read` says so and fails. */
  readonly isIndex?: true;
  /** Whether anything may be one, so that it is taken where nothing else fits, and is never known for certain. */
  readonly isGuess?: true;
  /** Whether each chunk of the content need be good only until the next is asked for. */
  readonly takesPassing?: true;
  read(input: ListInput): Batches;
}

/** What is said of a list that its format does not allow; `why` begins in lower case and names the line or the entry. */
export function malformed({ title, made }: ListFormat, where: string, why: string, cause?: unknown): ReproError {
  return new ReproError('usage', `${where} is no ${title}: ${why}`, { remedy: `make it with: ${made}`, cause });
}
