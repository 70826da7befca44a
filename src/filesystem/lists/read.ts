import { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import { type Chunks, decompressed, plainBeginning } from '../decompressed.js';
import type { EntryBatch } from '../trie/entry-batch.js';
import type { PartialEntry } from '../trie/values.js';
import type { Batches, Head, ListFacts, ListFormat } from './format.js';
import { type IndexedList, listIndex, readIndex } from './list-index.js';
import { type ListFormatName, listFormats } from './registry.js';

/** What a list may be, unpacked: more than any that was seen. */
const mostBytes = 4 * 1024 ** 3;
/** By how much of a list its format is known. */
const headSize = 1 << 16;

export interface ListOptions {
  /** What messages call it. */
  readonly where: string;
  /** Default: by content. */
  readonly format?: ListFormatName;
  /** Whether hashes are wanted of what has contents. */
  readonly hash?: boolean;
}

/** One list of files, that is read while its entries are asked for. */
export interface OpenList {
  entries(): AsyncIterable<PartialEntry>;
  /** The same entries, many at once. */
  batches(): Batches;
  /** What it tells beside them: of the reading that ended, else of one of its own. */
  facts(): Promise<ListFacts>;
}

/** Opens a list of files in any form that is known here, compressed or not; `open` is called for each reading. */
export function openList(open: () => Chunks | Promise<Chunks>, options: ListOptions): OpenList {
  let known: ListFacts | undefined;
  async function* batches() {
    let facts: ListFacts = {};
    const tell = (more: ListFacts) => {
      facts = { ...facts, ...more };
    };
    yield* readBatches(await open(), options, tell);
    known = facts;
  }
  return {
    batches,
    async *entries() {
      for await (const batch of batches()) yield* batch;
    },
    async facts() {
      if (known === undefined) for await (const _ of batches());
      return known ?? {};
    },
  };
}

/** The entries of a list at once. */
export async function readList(stream: Readable, where: string): Promise<readonly PartialEntry[]> {
  const all: PartialEntry[][] = [];
  for await (const batch of readBatches(stream, { where }, () => {})) all.push([...batch]);
  return all.flat();
}

async function* readBatches(
  stream: Chunks,
  { where, format, hash = false }: ListOptions,
  tell: (facts: ListFacts) => void,
): AsyncGenerator<EntryBatch, void> {
  const plain = decompressed(stream, mostBytes, where);
  try {
    const { head, content } = await begun(plain);
    const chosen = isPage(head) ? undefined : format ? listFormats[format] : formatOf(head);
    if (chosen === undefined) throw unreadable(where, whatItIs(head));
    yield* chosen.read({ where, head, content: chosen.takesPassing ? content : lasting(content), hash, tell });
  } catch (error) {
    throw error instanceof ReproError ? error : unreadable(where, reasonOf(error), error);
  } finally {
    await stream.destroy?.();
    await plain.return();
  }
}

/** Chunks that stay what they are. */
async function* lasting(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const chunk of content) yield Buffer.from(chunk);
}

/** The format of which a file that begins so is for certain; undefined where it may be anything, such as a list of paths. */
export async function recogniseList(beginning: Buffer): Promise<ListFormat | undefined> {
  try {
    const bytes = await plainBeginning(Readable.from([beginning]), headSize);
    const found = formatOf({ bytes, text: bytes.toString('latin1') });
    return found?.isGuess ? undefined : found;
  } catch {
    return undefined;
  }
}

/** What an index of lists names; undefined of what is no index. The stream is read in any case. */
export async function readListIndex(stream: Readable, where: string): Promise<readonly IndexedList[] | undefined> {
  try {
    const { head, content } = await begun(decompressed(stream, mostBytes, where));
    return listIndex.isLike(head) ? await readIndex({ content, where }) : undefined;
  } catch (error) {
    throw error instanceof ReproError ? error : unreadable(where, reasonOf(error), error);
  } finally {
    stream.destroy();
  }
}

/** The formats that may be asked for. */
export const listFormatNames = (Object.keys(listFormats) as ListFormatName[]).filter(
  (name) => !listFormats[name].isIndex,
);

/** `mtree` and `FILE` of `mtree:FILE`: a format that was asked for. */
export function forcedFormat(text: string): { readonly format: ListFormatName; readonly rest: string } | undefined {
  const format = listFormatNames.find((name) => text.startsWith(`${name}:`));
  return format && { format, rest: text.slice(format.length + 1) };
}

/** Undefined of what no format is for: a name may begin with any of its characters, but no list is known that does. */
function formatOf(head: Head): ListFormat | undefined {
  const found = Object.values<ListFormat>(listFormats).find((each) => each.isLike(head));
  return found?.isGuess && /^\s*[<[{]/.test(head.text) ? undefined : found;
}

/** What a server may answer in the stead of what was asked for. */
function isPage({ text }: Head): boolean {
  return /^\s*<(?:!doctype\s+html|html)\b/i.test(text);
}

function whatItIs({ text }: Head): string {
  return /^\s*</.test(text)
    ? 'it is a page, not a list'
    : 'it is JSON of no kind that is known here, or ends too early';
}

async function begun(content: AsyncIterable<Buffer>) {
  const chunks = content[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < headSize) {
    const { done, value } = await chunks.next();
    if (done) break;
    length += value.length;
    // The first of several passes.
    first.push(length < headSize ? Buffer.from(value) : value);
  }
  async function* whole(): AsyncGenerator<Buffer, void> {
    yield* first.splice(0);
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const bytes = Buffer.concat(first, Math.min(length, headSize));
  return { head: { bytes, text: bytes.toString('latin1') }, content: whole() };
}

function unreadable(where: string, why: string, cause?: unknown): ReproError {
  return new ReproError('usage', `${where} cannot be read as a list of files: ${why}`, {
    remedy: `give one of these: ${listFormatNames.join(', ')}; or say which it is, as in paths:FILE`,
    cause,
  });
}
