import { on } from 'node:events';
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../errors.js';
import { type HttpClient, RedirectError } from './http.js';

/** In a row, without a byte that was not there before; more where the server is there, and only busy. */
const attempts = { broken: 3, busy: 6 };
/** Milliseconds. A server that wants to be left alone for longer is as good as none. */
const longestRest = 120_000;

export interface DownloadOptions {
  readonly client: HttpClient;
  readonly signal?: AbortSignal;
  /** Called with the size of each new piece. */
  readonly received?: (bytes: number) => void;
  /** Milliseconds before the first retry; it doubles. */
  readonly backOff?: number;
  /** Milliseconds without a byte before the connection counts as broken. */
  readonly timeout?: number;
}

/** A download that failed for good, in words that complete "URL: ...". */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  /** The server has no such thing, as against one that does not answer properly. */
  readonly isGone: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isGone?: boolean } = {}) {
    super(message, options);
    this.isGone = options.isGone ?? false;
  }
}

/** Whether a download ended because its server stayed busy: with anything else it will be the same. */
export function stayedBusy(error: unknown): boolean {
  return error instanceof DownloadError && error.cause instanceof BusyError;
}

/** The server cannot now; it may have said when it can. */
class BusyError extends Error {
  readonly rest: number | undefined;

  constructor(status: number, rest: number | undefined) {
    super(`the server answered ${status}`);
    this.rest = rest;
  }
}

const busy = [429, 502, 503, 504];

/** What came so far, and the server's mark of that very version of it. */
interface Received {
  offset: number;
  validator: string | undefined;
}

/**
 * The content at an address (http, https, file, copy) as one stream. Broken and stalled connections and servers that are
 * busy are tried again with growing pauses, for as long as something comes; what has come is not asked for again.
 */
export async function* download(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { protocol } = new URL(url);
  if (protocol === 'file:' || protocol === 'copy:') {
    yield* createReadStream(fileURLToPath(url.replace(/^copy:(?:\/\/)?/, 'file://')));
    return;
  }
  if (protocol !== 'http:' && protocol !== 'https:') throw new DownloadError(`${protocol} addresses are not supported`);
  const { client, signal, backOff = 500 } = options;
  const so: Received = { offset: 0, validator: undefined };
  for (let attempt = 1; ; attempt++) {
    const before = so.offset;
    try {
      for await (const chunk of receive(url, so, options)) {
        so.offset += chunk.length;
        options.received?.(chunk.length);
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (so.offset > before) attempt = 1;
      const most = error instanceof BusyError ? attempts.busy : attempts.broken;
      if (isFinal(error) || attempt >= most) throw final(error);
      const rest = error instanceof BusyError ? error.rest : undefined;
      if (rest !== undefined && rest > longestRest)
        throw new DownloadError(`${reasonOf(error)}, and wants to be left alone for ${Math.round(rest / 1000)} s`, {
          cause: error,
        });
      // With some chance in it, so that those who were turned away together do not come back together.
      const pause = rest ?? backOff * 2 ** (attempt - 1) * (1 + Math.random() / 2);
      if (error instanceof BusyError) client.rest(url, pause);
      else await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
}

async function* receive(url: string, so: Received, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { client, signal, timeout } = options;
  const { offset, validator } = so;
  const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  if (offset > 0 && validator !== undefined) headers['if-range'] = validator;
  const call = { headers, ...(signal && { signal }), ...(timeout !== undefined && { timeout }) };
  const response = await client.request(url, call);
  try {
    let skip = offsetIn(response, so);
    for await (const chunk of piecesOf(response)) {
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

/** As they come: a stream that is iterated copies those that wait into one. */
async function* piecesOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const waiting = { highWaterMark: 16, lowWaterMark: 4 };
  for await (const [chunk] of on(response, 'data', { close: ['end', 'close'], ...waiting })) yield chunk as Buffer;
}

/** How much of what an answer brings is there already; throws where it is no use. */
function offsetIn(response: IncomingMessage, so: Received): number {
  const { statusCode: status = 0, headers } = response;
  if (busy.includes(status)) throw new BusyError(status, restOf(headers['retry-after']));
  if (status >= 500 || status === 408) throw new Error(`the server answered ${status}`);
  if (status !== 200 && status !== 206) throw answer(status);
  const validator = validatorOf(response);
  if (so.offset > 0 && so.validator !== validator) throw new DownloadError('it changed while it was downloaded');
  so.validator = validator;
  const begin = status === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? so.offset) : 0;
  if (begin > so.offset) throw new DownloadError('the server gave another part than it was asked for');
  return so.offset - begin;
}

/** RFC 9110 §13.1.5: a strong ETag tells one version from another; a weak one may not be used for parts. */
function validatorOf({ headers }: IncomingMessage): string | undefined {
  const { etag } = headers;
  return etag?.startsWith('"') ? etag : undefined;
}

/** RFC 9110 §10.2.3: seconds, or a date; in milliseconds. */
function restOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function isFinal(error: unknown): boolean {
  return error instanceof DownloadError || error instanceof RedirectError;
}

function final(error: unknown): DownloadError {
  return error instanceof DownloadError ? error : new DownloadError(reasonOf(error), { cause: error });
}

function answer(status: number): DownloadError {
  if (status === 404 || status === 410)
    return new DownloadError(`the archive does not have it any more (${status})`, { isGone: true });
  if (status === 401 || status === 403) return new DownloadError(`the archive refuses it (${status})`);
  return new DownloadError(`the server answered ${status}`);
}
