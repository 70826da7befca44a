import { reasonOf } from '../errors.js';
import { type HttpClient, isLoopback, openHttpClient } from './http.js';

/** What an archive says of one address: silent says nothing of it, and closed lets no other machine in. */
export type Answer =
  | { readonly kind: 'present' | 'gone' }
  | { readonly kind: 'silent' | 'closed'; readonly reason: string };

const timeout = 8000;

/** Asks an archive whether another machine can get what is at an address there, without getting it. */
export async function askArchive(client: HttpClient, url: string, signal?: AbortSignal): Promise<Answer> {
  const reason = notReachedByOthers(url);
  if (reason !== undefined) return { kind: 'closed', reason };
  try {
    const response = await client.request(url, { method: 'HEAD', timeout, ...(signal ? { signal } : {}) });
    response.resume();
    const status = response.statusCode ?? 0;
    if (status === 401 || status === 403 || status === 407) return { kind: 'closed', reason: `it answers ${status}` };
    if (status >= 500 || status === 429 || status === 408) return { kind: 'silent', reason: `it answers ${status}` };
    return { kind: status === 200 ? 'present' : 'gone' };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'silent', reason: reasonOf(error) };
  }
}

/**
 * Whether the server of an address has what it offers: each is asked for the first of the addresses only, and what it
 * has of one it has of all.
 */
export async function serversThatAnswer(
  urls: readonly string[],
  signal?: AbortSignal,
): Promise<(url: string) => boolean> {
  const first = new Map<string, string>();
  for (const url of urls) {
    const server = serverOf(url);
    if (server !== undefined && !first.has(server)) first.set(server, url);
  }
  using client = openHttpClient();
  const there = new Set<string>();
  for (const [server, url] of first) {
    if ((await askArchive(client, url, signal)).kind === 'present') there.add(server);
  }
  return (url) => there.has(serverOf(url) ?? '');
}

function serverOf(url: string): string | undefined {
  return /^https?:/.test(url) && URL.canParse(url) ? new URL(url).origin : undefined;
}

/** Why an address leads elsewhere, or nowhere, from another machine. */
function notReachedByOthers(url: string): string | undefined {
  if (!URL.canParse(url)) return 'it is no address';
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} leads to a place of the traced machine`;
  return isLoopback(hostname) ? 'it is on the traced machine itself' : undefined;
}
