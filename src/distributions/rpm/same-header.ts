import type { HttpClient } from '../../archives/http.js';
import { type Sha256, sha256 } from '../../hash.js';

/** Where in a package's file its header lies, as the index of a repository has it. */
export interface HeaderRange {
  readonly start: number;
  /** The first byte behind it. */
  readonly end: number;
}

const timeout = 8000;
const mostBytes = 64 * 1024 * 1024;

/**
 * Whether the package at an address is the installed one: the header has the hash of every file, and only that part is
 * fetched. Undefined where it cannot be told.
 */
export async function isSameHeader(
  client: HttpClient,
  url: string,
  { start, end }: HeaderRange,
  header: Sha256,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  if (end <= start || end - start > mostBytes) return undefined;
  try {
    const headers = { range: `bytes=${start}-${end - 1}` };
    const response = await client.request(url, { headers, timeout, ...(signal ? { signal } : {}) });
    if (response.statusCode !== 206) {
      response.destroy();
      return undefined;
    }
    const parts: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) parts.push(chunk);
    return sha256(Buffer.concat(parts)) === header;
  } catch {
    signal?.throwIfAborted();
    // The origin is then sure by what the index says, and told as that.
    return undefined;
  }
}
