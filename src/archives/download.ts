import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../errors.js';
import type { HttpClient } from './http.js';

const attempts = 3;

export interface DownloadOptions {
  readonly client: HttpClient;
  readonly signal?: AbortSignal;
  /** Called with the size of each new piece. */
  readonly received?: (bytes: number) => void;
  /** Milliseconds before the first retry; it doubles. */
  readonly backOff?: number;
}

/** A download that failed for good, in words that complete "URL: ...". */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/**
 * The content at an address (http, https, file, copy) as one stream: broken connections, time-outs and server errors are
 * retried with growing pauses, and what has already come is not asked for again.
 */
export async function* download(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { protocol } = new URL(url);
  if (protocol === 'file:' || protocol === 'copy:') {
    yield* createReadStream(fileURLToPath(url.replace(/^copy:(?:\/\/)?/, 'file://')));
    return;
  }
  if (protocol !== 'http:' && protocol !== 'https:') throw new DownloadError(`${protocol} addresses are not supported`);
  let offset = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const chunk of receive(url, offset, options)) {
        offset += chunk.length;
        options.received?.(chunk.length);
        yield chunk;
      }
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof DownloadError || attempt >= attempts)
        throw new DownloadError(reasonOf(error), { cause: error });
      await sleep(
        (options.backOff ?? 500) * 2 ** (attempt - 1),
        undefined,
        options.signal ? { signal: options.signal } : {},
      );
    }
  }
}

async function* receive(url: string, offset: number, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { client, signal } = options;
  const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  const response = await client.request(url, { headers, ...(signal ? { signal } : {}) });
  try {
    const status = response.statusCode ?? 0;
    if (status >= 500 || status === 429 || status === 408) throw new Error(`the server answered ${status}`);
    if (status !== 200 && status !== 206) throw new DownloadError(answer(status));
    let skip = status === 200 ? offset : 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (skip >= chunk.length) {
        skip -= chunk.length;
        continue;
      }
      yield skip > 0 ? chunk.subarray(skip) : chunk;
      skip = 0;
    }
    if (!response.complete) throw new Error('the connection broke');
  } finally {
    response.destroy();
  }
}

function answer(status: number): string {
  if (status === 404 || status === 410) return `the archive does not have it any more (${status})`;
  if (status === 401 || status === 403) return `the archive refuses it (${status})`;
  return `the server answered ${status}`;
}
