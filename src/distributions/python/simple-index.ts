import { z } from 'zod';
import type { HttpClient } from '../../archives/http.js';
import { reasonOf } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import { normalizeName } from './names.js';
import { parseSpecifiers, type Specifier } from './specifiers.js';

/** One file that an index offers. */
export interface IndexFile {
  readonly name: string;
  readonly url: string;
  readonly sha256?: Sha256;
  readonly size?: number;
  readonly requiresPython?: readonly Specifier[];
  readonly yanked: boolean;
  /** Since when the index has it, in seconds since 1970 (PEP 700). */
  readonly uploaded?: number;
  /** Whether the wheel's METADATA can be had beside it (PEP 658). */
  readonly hasMetadata: boolean;
}

const json = 'application/vnd.pypi.simple.v1+json';

/** https://packaging.python.org/specifications/simple-repository-api/ */
const projectSchema = z.looseObject({
  files: z.array(
    z.looseObject({
      filename: z.string(),
      url: z.string(),
      hashes: z.record(z.string(), z.string()).optional(),
      size: z.int().nonnegative().optional(),
      'requires-python': z.string().nullish(),
      yanked: z.union([z.boolean(), z.string()]).optional(),
      'upload-time': z.string().optional(),
      'core-metadata': z.union([z.boolean(), z.record(z.string(), z.string())]).optional(),
      'dist-info-metadata': z.union([z.boolean(), z.record(z.string(), z.string())]).optional(),
    }),
  ),
});

/** What the first index that knows a project offers of it; empty where none does. */
export async function filesOfProject(
  project: string,
  indexes: readonly string[],
  client: HttpClient,
  signal?: AbortSignal,
): Promise<readonly IndexFile[]> {
  const failures: string[] = [];
  for (const index of indexes) {
    const url = `${index}/${normalizeName(project)}/`;
    try {
      const page = await fetchPage(url, client, signal);
      const files = page && (page.isJson ? jsonFiles(page.text, url) : htmlFiles(page.text, url));
      if (files && files.length > 0) return files;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${index} (${reasonOf(error)})`);
    }
  }
  if (failures.length > 0) throw new Error(`these indexes gave no answer: ${failures.join(', ')}`);
  return [];
}

async function fetchPage(url: string, client: HttpClient, signal: AbortSignal | undefined) {
  const headers = { accept: `${json}, text/html;q=0.5` };
  const response = await client.request(url, { headers, ...(signal ? { signal } : {}) });
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const { statusCode = 0 } = response;
  if (statusCode === 404) return undefined;
  if (statusCode !== 200) throw new Error(`the server answered ${statusCode}`);
  const isJson = (response.headers['content-type'] ?? '').includes('json');
  return { isJson, text: Buffer.concat(chunks).toString('utf8') };
}

function jsonFiles(text: string, base: string): IndexFile[] {
  return projectSchema.parse(JSON.parse(text)).files.map((file) => ({
    name: file.filename,
    url: new URL(file.url, base).href,
    ...hashOf(file.hashes?.['sha256']),
    ...(file.size === undefined ? {} : { size: file.size }),
    ...pythonOf(file['requires-python'] ?? undefined),
    yanked: file.yanked !== undefined && file.yanked !== false,
    ...timeOf(file['upload-time']),
    hasMetadata: Boolean(file['core-metadata'] ?? file['dist-info-metadata']),
  }));
}

/** PEP 503: one anchor a file, its hash behind `#`. */
function htmlFiles(text: string, base: string): IndexFile[] {
  return [...text.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)].flatMap(([, attributes = '', name = '']) => {
    const value = (key: string) => plain(new RegExp(`\\b${key}\\s*=\\s*["']([^"']*)["']`, 'i').exec(attributes)?.[1]);
    const href = value('href');
    if (href === undefined) return [];
    const url = new URL(href, base);
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
    url.hash = '';
    return [
      {
        name: name.trim(),
        url: url.href,
        ...hashOf(sha256),
        ...pythonOf(value('data-requires-python')),
        yanked: /\bdata-yanked\b/i.test(attributes),
        hasMetadata: /\bdata-(?:core-metadata|dist-info-metadata)\b/i.test(attributes),
      },
    ];
  });
}

function plain(text: string | undefined): string | undefined {
  return text?.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}

function hashOf(sha256: string | undefined): { sha256?: Sha256 } {
  return sha256 && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {};
}

function timeOf(text: string | undefined): { uploaded?: number } {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { uploaded: time / 1000 };
}

function pythonOf(text: string | undefined): { requiresPython?: readonly Specifier[] } {
  const specifiers = text ? parseSpecifiers(text) : undefined;
  return specifiers ? { requiresPython: specifiers } : {};
}
