import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withoutCredentials } from '../../archives/http.js';
import { codeOf, ReproError } from '../../errors.js';
import type { forcedFormat } from '../../filesystem/lists/read.js';
import { recogniseList } from '../../filesystem/lists/read.js';
import { showBytes } from '../../model/sizes.js';
import { scratchFolder } from '../../scratch.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { openFile } from './file.js';
import { isLines } from './lines.js';
import { openForcedList, openListAt } from './lists.js';
import { type Begun, beginRemote } from './remote.js';
import { isSif } from './sif.js';
import { isSnapshotFile } from './snapshot-file.js';
import { beginsTar } from './tar.js';
import { isZip } from './zipped-bundle.js';

type Format = NonNullable<ReturnType<typeof forcedFormat>>['format'];

/** What is kept of an address: as much as a list may have. */
const mostKept = 4 * 1024 ** 3;

/**
 * What lies at an address of the web. A list is read as it comes; what is not read from its beginning to its end lies in a
 * temporary file until the source is closed.
 */
export async function openAddress(url: string, options: OpenOptions, format?: Format): Promise<OpenSource> {
  const begun = await beginRemote(url, options.signal);
  const { beginning } = begun;
  if (isZip(beginning) || (format === undefined && (await isNoList(beginning)))) {
    return openKept(begun, url, (file) =>
      format === undefined
        ? openFile(`${file}${tagOf(url)}`, 'file', options)
        : openForcedList({ format, rest: file }, options),
    );
  }
  if (format === undefined && (await isSpec(beginning, url))) {
    begun.stream.destroy();
    throw new ReproError('usage', 'a spec is not read from an address, as it is more than this file', {
      where: withoutCredentials(url),
      remedy: 'fetch it with the environment.d that lies beside it, and give the file',
    });
  }
  return openListAt(url, begun, { ...options, ...(format !== undefined && { format }) });
}

async function isNoList(beginning: Buffer): Promise<boolean> {
  if (isSnapshotFile(beginning) || isSif(beginning) || (await isLines(beginning))) return true;
  return (await beginsTar(beginning)) && !(await recogniseList(beginning))?.isArchive;
}

/** What other programs call a spec is a list of theirs. */
async function isSpec(beginning: Buffer, url: string): Promise<boolean> {
  const { pathname } = new URL(url);
  const isLike = /\.ya?ml$/.test(pathname) && /^version:[ \t]/m.test(beginning.toString('latin1'));
  return isLike && (await recogniseList(beginning)) === undefined;
}

/** `#TAG` is not asked of the server. */
function tagOf(url: string): string {
  return decodeURIComponent(new URL(url).hash);
}

async function openKept(begun: Begun, url: string, open: (file: string) => Promise<OpenSource>): Promise<OpenSource> {
  const shown = withoutCredentials(url).replace(/#.*$/s, '');
  const scratch = await scratchFolder('address');
  const file = join(scratch.path, fileNameOf(url));
  const called = (error: unknown) => calledBy(error, file, shown);
  try {
    await keep(begun, file, shown);
    const source = await open(file);
    return {
      ...source,
      async *batches() {
        try {
          yield* source.batches();
        } catch (error) {
          throw called(error);
        }
      },
      facts: () => source.facts().catch((error: unknown) => Promise.reject(called(error))),
      async [Symbol.asyncDispose]() {
        await source[Symbol.asyncDispose]();
        await scratch[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    begun.stream.destroy();
    await scratch[Symbol.asyncDispose]();
    throw called(error);
  }
}

/** Some files are known by the end of their name. */
function fileNameOf(url: string): string {
  return `of-${basename(new URL(url).pathname)
    .replace(/[^\w.+-]/g, '_')
    .slice(-100)}`;
}

async function keep({ stream, size = 0 }: Begun, file: string, where: string): Promise<void> {
  if (size > mostKept) throw tooLarge(`it has ${showBytes(size)}`, where);
  let length = 0;
  async function* bounded(): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > mostKept) throw tooLarge('it has more', where);
      yield chunk;
    }
  }
  try {
    await pipeline(bounded(), createWriteStream(file, { mode: 0o600 }));
  } catch (cause) {
    if (codeOf(cause) !== 'ENOSPC' && codeOf(cause) !== 'EDQUOT') throw cause;
    throw new ReproError('not-ready', `there is no room to keep it while it is read, after ${showBytes(length)}`, {
      where,
      remedy: 'set TMPDIR to a folder with more room',
      cause,
    });
  }
}

function tooLarge(much: string, where: string): ReproError {
  return new ReproError('usage', `${much}, and no more than ${showBytes(mostKept)} of an address are kept`, {
    where,
    remedy: 'fetch it, and give the file',
  });
}

/** The temporary file is nobody's business: what is said of it is said of the address. */
function calledBy(error: unknown, file: string, shown: string): unknown {
  if (!(error instanceof ReproError)) return error;
  const { kind, message, where, remedy, cause } = error;
  const called = (text: string) => text.replaceAll(file, shown);
  return new ReproError(kind, called(message), {
    ...(where !== undefined && { where: called(where) }),
    ...(remedy !== undefined && { remedy: called(remedy) }),
    cause,
  });
}
