import type { HttpClient } from '../../archives/http.js';
import { withoutCredentials } from '../../archives/http.js';
import { reasonOf } from '../../errors.js';
import type { RpmRepository } from './schema.js';

const timeout = 8000;
/** As many as a create may try one after the other. */
const mostMirrors = 4;
const mostBytes = 4 * 1024 * 1024;

/** A repository with the addresses of its mirrors, where it names only a list of them; or why they are not known. */
export async function withMirrors(
  repository: RpmRepository,
  client: HttpClient,
  signal?: AbortSignal,
): Promise<{ readonly repository: RpmRepository; readonly problem?: string }> {
  const list = repository.metalink ?? repository.mirrorList;
  if (repository.urls.length > 0 || list === undefined) return { repository };
  try {
    const text = await fetchText(list, client, signal);
    const urls = mirrorsIn(text).slice(0, mostMirrors);
    if (urls.length > 0) return { repository: { ...repository, urls } };
    return { repository, problem: `${list} names no mirrors` };
  } catch (error) {
    signal?.throwIfAborted();
    return { repository, problem: `${list} cannot be read (${reasonOf(error)})` };
  }
}

/** Of a metalink, which names the mirrors' index files, or of a plain list of addresses. */
export function mirrorsIn(text: string): string[] {
  const indexes = [...text.matchAll(/<url [^>]*>\s*(https?:[^<\s]+)\/repodata\/repomd\.xml\s*<\/url>/g)];
  const found = indexes.length > 0 ? indexes.map(([, url = '']) => url) : text.split(/\s+/).filter(isAddress);
  // What cannot be changed on the way comes first.
  const secure = found.filter((url) => url.startsWith('https:'));
  return [...new Set([...secure, ...found].map(withoutCredentials))];
}

function isAddress(word: string): boolean {
  return /^https?:\/\//.test(word) && URL.canParse(word);
}

async function fetchText(url: string, client: HttpClient, signal: AbortSignal | undefined): Promise<string> {
  const response = await client.request(url, { timeout, ...(signal ? { signal } : {}) });
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new Error('it is too long');
    parts.push(chunk);
  }
  if (response.statusCode !== 200) throw new Error(`it answers ${response.statusCode}`);
  return Buffer.concat(parts).toString('utf8');
}
