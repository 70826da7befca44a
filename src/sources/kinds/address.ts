import { Readable } from 'node:stream';
import { withoutCredentials } from '../../archives/http.js';
import { ReproError } from '../../errors.js';
import { compressionBy } from '../../filesystem/decompress.js';
import type { forcedFormat } from '../../filesystem/lists/read.js';
import { recogniseList } from '../../filesystem/lists/read.js';
import { KeptAddresses, shownAddress } from '../kept-addresses.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { calledBy } from './called-by.js';
import { beginningOf, openFile } from './file.js';
import { isLines } from './lines.js';
import { openForcedList, openListAt } from './lists.js';
import { type Begun, beginRemote } from './remote.js';
import { isSif } from './sif.js';
import { isSnapshotFile, openSnapshot } from './snapshot-file.js';
import { beginsTar } from './tar.js';
import { isZip } from './zipped-bundle.js';

type Format = NonNullable<ReturnType<typeof forcedFormat>>['format'];

interface Asked {
  readonly url: string;
  readonly options: OpenOptions;
  /** Default: by content. */
  readonly format: Format | undefined;
}

/**
 * What lies at an address of the web. A list is read as it comes; what is not read from its beginning to its end lies in a
 * temporary file until the source is closed, or what keeps addresses for several.
 */
export async function openAddress(url: string, options: OpenOptions, format?: Format): Promise<OpenSource> {
  const asked: Asked = { url, options, format };
  const file = options.kept?.file(url);
  if (file !== undefined) return openKept(file, asked);
  const begun = await beginRemote(url, options.signal);
  const { beginning } = begun;
  if (isZip(beginning) || (format === undefined && (await isNoList(beginning)))) return keepAndOpen(begun, asked);
  if (format === undefined && (await isSpec(beginning, url))) {
    begun.stream.destroy();
    throw new ReproError('usage', 'a spec is not read from an address, as it is more than this file', {
      where: withoutCredentials(url),
      remedy: 'fetch it with the environment.d that lies beside it, and give the file',
    });
  }
  return openListAt(url, begun, { ...options, ...(format !== undefined && { format }) });
}

/** Nothing of these comes out before a block of them is whole, which may be longer than any beginning. */
const inBlocks: readonly string[] = ['.zst', '.bz2', '.lz4'];

/** What may be no list is one of those that are kept: all of it tells what it is. */
async function isNoList(beginning: Buffer): Promise<boolean> {
  if (isSnapshotFile(beginning) || isSif(beginning) || (await isLines(beginning))) return true;
  const list = await recogniseList(beginning);
  if (list === undefined && inBlocks.includes(compressionBy(beginning))) return true;
  return (await beginsTar(beginning)) && !list?.isArchive;
}

/** What other programs call a spec is a list of theirs. */
async function isSpec(beginning: Buffer, url: string): Promise<boolean> {
  const { pathname } = new URL(url);
  const isLike = /\.ya?ml$/.test(pathname) && /^version:[ \t]/m.test(beginning.toString('latin1'));
  return isLike && (await recogniseList(beginning)) === undefined;
}

/** Where nobody keeps addresses for longer, this one goes with its source. */
async function keepAndOpen(begun: Begun, asked: Asked): Promise<OpenSource> {
  const { url, options } = asked;
  const kept = options.kept ?? new KeptAddresses();
  const close = async () => {
    if (kept !== options.kept) await kept[Symbol.asyncDispose]();
  };
  try {
    const source = await openKept(await kept.add(url, begun), asked);
    return {
      ...source,
      async [Symbol.asyncDispose]() {
        try {
          await source[Symbol.asyncDispose]();
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    begun.stream.destroy();
    await close();
    throw error;
  }
}

async function openKept(file: string, asked: Asked): Promise<OpenSource> {
  const shown = shownAddress(asked.url);
  const failed = (error: unknown) => Promise.reject(calledBy(error, file, shown));
  const source = await openByContent(file, shown, asked).catch(failed);
  const { content, layers, manifest } = source;
  async function* named<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void> {
    try {
      yield* items;
    } catch (error) {
      await failed(error);
    }
  }
  const namedStream = (stream: Readable) =>
    Readable.from(named(stream), { objectMode: false }).once('close', () => stream.destroy());
  return {
    ...source,
    batches: () => named(source.batches()),
    facts: () => source.facts().catch(failed),
    ...(content && { content: (path) => content(path).then(namedStream).catch(failed) }),
    ...(layers && { layers: () => named(layers()) }),
    ...(manifest && { manifest: () => manifest().catch(failed) }),
  };
}

async function openByContent(file: string, shown: string, { url, options, format }: Asked): Promise<OpenSource> {
  const named = { ...options, text: shown };
  if (format !== undefined) return openForcedList({ format, rest: file }, named);
  if (isSnapshotFile(beginningOf(file))) return openSnapshot(file, tagOf(url));
  return openFile(file, 'file', named);
}

/** `#TAG` is not asked of the server. */
function tagOf(url: string): string | undefined {
  const fragment = new URL(url).hash.slice(1);
  try {
    return fragment === '' ? undefined : decodeURIComponent(fragment);
  } catch (cause) {
    throw new ReproError('usage', `a % in an address begins two hexadecimal digits, and in #${fragment} it does not`, {
      where: shownAddress(url),
      remedy: 'write % itself as %25',
      cause,
    });
  }
}
