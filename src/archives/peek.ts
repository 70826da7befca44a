import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { codeOf, reasonOf } from '../errors.js';
import type { Digest } from '../hash.js';
import { DownloadError, download } from './download.js';
import { isCommitAddress } from './git/remote.js';
import { type HttpClient, isUnreachable } from './http.js';

/** What an address has, as far as can be told without keeping it; silent says nothing of it. */
export type Seen =
  | { readonly kind: 'present'; readonly evidence: string }
  | { readonly kind: 'gone' | 'other'; readonly reason: string }
  | { readonly kind: 'silent'; readonly reason: string; readonly isDown: boolean };

export interface PeekOptions {
  readonly client: HttpClient;
  /** Get it and hash it. Default: only its size is compared. */
  readonly download?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Expected {
  /** Absent where only what it holds can tell. */
  readonly digest?: Digest;
  readonly size?: number;
}

const timeout = 20_000;

/** Whether an address still has what is expected there. */
export async function peek(url: string, expected: Expected, options: PeekOptions): Promise<Seen> {
  try {
    if (isCommitAddress(url)) return unsaid('whether a remote has a commit is known once it is got');
    if (options.download && expected.digest) return await hashed(url, expected.digest, options);
    if (/^(?:file|copy):/.test(url))
      return await sized(fileURLToPath(url.replace(/^copy:(?:\/\/)?/, 'file://')), expected);
    return await headed(url, expected, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const isGone = (error instanceof DownloadError && error.isGone) || codeOf(error) === 'ENOENT';
    const reason = reasonOf(error);
    return isGone ? { kind: 'gone', reason } : unsaid(reason, isUnreachable(error));
  }
}

function unsaid(reason: string, isDown = false): Seen {
  return { kind: 'silent', reason, isDown };
}

async function headed(url: string, { size }: Expected, { client, signal }: PeekOptions): Promise<Seen> {
  const response = await client.request(url, { method: 'HEAD', timeout, ...(signal && { signal }) });
  response.resume();
  const { statusCode: status = 0, headers } = response;
  if (status === 404 || status === 410) return { kind: 'gone', reason: `it is not there any more (${status})` };
  if (status !== 200) return unsaid(`the server answered ${status}`);
  const length = headers['content-length'];
  if (length === undefined || size === undefined) return { kind: 'present', evidence: 'there, its size is not told' };
  return compare(Number(length), size);
}

async function sized(file: string, { size }: Expected): Promise<Seen> {
  const found = await stat(file);
  return size === undefined ? { kind: 'present', evidence: 'there' } : compare(found.size, size);
}

function compare(found: number, expected: number): Seen {
  if (found === expected) return { kind: 'present', evidence: 'the same size' };
  return { kind: 'other', reason: `it is another file: ${found} bytes, not ${expected}` };
}

async function hashed(url: string, digest: Digest, { client, signal }: PeekOptions): Promise<Seen> {
  const hash = createHash(digest.algorithm);
  for await (const chunk of download(url, { client, ...(signal && { signal }) })) hash.update(chunk);
  const found = hash.digest('hex');
  if (found === digest.value) return { kind: 'present', evidence: 'downloaded and hashed' };
  return { kind: 'other', reason: `it is another file: its ${digest.algorithm} is ${found}, not ${digest.value}` };
}
