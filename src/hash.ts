import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** A SHA-256 in 64 lower-case hexadecimal digits: the identity of content everywhere in this project. */
export type Sha256 = string;

/** What an archive knows content by; the value in lower-case hexadecimal digits. */
export interface Digest {
  readonly algorithm: 'sha512' | 'sha256' | 'sha1' | 'md5';
  readonly value: string;
}

/** Whether other content with the same digest can be made on purpose, so that a match is no proof. */
export function isWeak(algorithm: Digest['algorithm']): boolean {
  return algorithm === 'sha1' || algorithm === 'md5';
}

export function sha256(content: Uint8Array | string): Sha256 {
  return hashAtOnce('sha256', content, 'hex');
}

/**
 * Hashes a stream without keeping it; returns the digest and the number of bytes seen. Where it is known how many come,
 * and all come at once, no state is made for them: that costs as much as to hash a few kilobytes.
 */
export async function sha256OfStream(
  chunks: AsyncIterable<Uint8Array>,
  known?: number,
): Promise<{ readonly hash: Sha256; readonly size: number }> {
  let hash: Hash | undefined;
  let size = 0;
  for await (const chunk of chunks) {
    if (chunk.length === known) return { hash: sha256(chunk), size: known };
    hash ??= createHash('sha256');
    hash.update(chunk);
    size += chunk.length;
  }
  return { hash: hash?.digest('hex') ?? sha256(''), size };
}

/**
 * Hashes a whole file, one that is open from its beginning and without a change of its position. It is read through one
 * buffer, as a new one for each part would cost half as much again.
 */
export async function sha256OfFile(
  file: string | FileHandle,
): Promise<{ readonly hash: Sha256; readonly size: number }> {
  if (typeof file === 'string') {
    await using opened = await open(file);
    return await sha256OfFile(opened);
  }
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) return { hash: hash.digest('hex'), size };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}

/**
 * JSON with sorted keys and no white space: the same value always gives the same bytes, so that documents can be
 * hashed and compared. `undefined` members are left out, as in `JSON.stringify`.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}
