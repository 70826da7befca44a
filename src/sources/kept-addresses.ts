import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withoutCredentials } from '../archives/http.js';
import { codeOf, ReproError } from '../errors.js';
import { showBytes } from '../model/sizes.js';
import { type Scratch, scratchFolder } from '../scratch.js';
import { calledBy } from './kinds/called-by.js';
import type { Begun } from './kinds/remote.js';

/** What is kept of an address: as much as a list may have. */
const mostKept = 4 * 1024 ** 3;

/** What was fetched from addresses, as files that are there until this is closed: who opens one again has the same. */
export class KeptAddresses implements AsyncDisposable {
  readonly #files = new Map<string, string>();
  #scratch: Promise<Scratch> | undefined;
  #count = 0;

  /** Of an address that was fetched before. */
  file(url: string): string | undefined {
    return this.#files.get(withoutFragment(url));
  }

  /** Fetches what has begun to come. */
  async add(url: string, begun: Begun): Promise<string> {
    this.#scratch ??= scratchFolder('address');
    const file = join((await this.#scratch).path, `${++this.#count}-of-${fileNameOf(url)}`);
    const shown = shownAddress(url);
    await keep(begun, file, shown).catch((error: unknown) => Promise.reject(calledBy(error, file, shown)));
    this.#files.set(withoutFragment(url), file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const scratch = await this.#scratch?.catch(() => undefined);
    await scratch?.[Symbol.asyncDispose]();
  }
}

/** An address as messages have it: no password, and nothing that is not asked of the server. */
export function shownAddress(url: string): string {
  return withoutCredentials(withoutFragment(url));
}

function withoutFragment(url: string): string {
  return url.replace(/#.*$/s, '');
}

/** Some files are known by the end of their name. */
function fileNameOf(url: string): string {
  return basename(new URL(url).pathname)
    .replace(/[^\w.+-]/g, '_')
    .slice(-100);
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
