import type { ZodType } from 'zod';
import { type DownloadOptions, download } from './download.js';

/** More than any answer that is asked for. */
const limit = 64 << 20;

/** The whole content at an address, which must fit into memory. */
export async function downloadWhole(url: string, options: DownloadOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of download(url, options)) {
    size += chunk.length;
    if (size > limit) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The checked JSON at an address; what is none, such as a page that asks to sign in, is an error that says so. */
export async function downloadJson<T>(url: string, schema: ZodType<T>, options: DownloadOptions): Promise<T> {
  const content = await downloadWhole(url, options);
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch {
    throw new Error('the answer is not JSON');
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw new Error('the answer is not of the form that is agreed on');
  return checked.data;
}
