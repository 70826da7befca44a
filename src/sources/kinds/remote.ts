import { Readable } from 'node:stream';
import { openHttpClient, withoutCredentials } from '../../archives/http.js';
import { codeOf, ReproError } from '../../errors.js';
import { showBytes } from '../../model/sizes.js';

/** What comes from an address, of which the beginning was looked at. */
export interface Begun {
  /** As much as tells what it is; less where there is no more. */
  readonly beginning: Buffer;
  /** All of it, the beginning included. */
  readonly stream: Readable;
  /** Bytes, where the server says so. */
  readonly size: number | undefined;
}

/** By how much of a file it is known what it is. */
const headSize = 1 << 16;

/** Asks for what lies at an address, and waits for its beginning. */
export async function beginRemote(url: string, signal: AbortSignal | undefined): Promise<Begun> {
  const { stream: answer, size } = await ask(url, signal);
  const chunks = unbroken(answer, { url, size, signal });
  const first: Buffer[] = [];
  let length = 0;
  while (length < headSize) {
    const { done, value } = await chunks.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  const beginning = Buffer.concat(first);
  async function* whole(): AsyncGenerator<Buffer, void> {
    yield beginning;
    yield* chunks;
  }
  const stream = Readable.from(whole(), { objectMode: false }).once('close', () => answer.destroy());
  return { beginning, stream, size };
}

/** What lies at an address, from its beginning on. */
export async function remoteStream(url: string, signal: AbortSignal | undefined): Promise<Readable> {
  return (await beginRemote(url, signal)).stream;
}

async function ask(url: string, signal: AbortSignal | undefined) {
  const shown = withoutCredentials(url);
  const http = openHttpClient();
  const answer = await http.request(url, { ...(signal && { signal }) }).catch((error: unknown) => {
    http[Symbol.dispose]();
    if (codeOf(error) === undefined) throw error;
    throw new ReproError('not-ready', `${shown} cannot be reached (${codeOf(error)})`, { cause: error });
  });
  answer.once('close', () => http[Symbol.dispose]());
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new ReproError('not-ready', `${shown} answers ${answer.statusCode} ${answer.statusMessage ?? ''}`.trimEnd());
  }
  const size = Number(answer.headers['content-length'] ?? Number.NaN);
  return { stream: answer as Readable, size: Number.isSafeInteger(size) ? size : undefined };
}

interface Asked {
  readonly url: string;
  readonly size: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Chunks until their end; an end that comes too early says how much was there. */
async function* unbroken(answer: Readable, { url, size, signal }: Asked): AsyncGenerator<Buffer, void> {
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    const whole = size === undefined ? '' : ` of ${showBytes(size)}`;
    throw new ReproError('not-ready', `the connection was lost after ${showBytes(length)}${whole}`, {
      where: withoutCredentials(url),
      remedy: 'try again',
      cause,
    });
  }
}
