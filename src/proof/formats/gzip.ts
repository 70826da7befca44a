import { gunzipSync, inflateSync } from 'node:zlib';
import { codeOf } from '../../errors.js';
import { type Budget, tooLarge } from '../comparison/comparator.js';

export function isGzip(content: Buffer): boolean {
  return content[0] === 0x1f && content[1] === 0x8b;
}

/** What a gzip file (RFC 1952) of any number of members has in it. */
export function gunzip(content: Buffer, budget: Budget): Buffer {
  return within(budget, (maxOutputLength) => gunzipSync(content, { maxOutputLength }));
}

/** What a zlib stream (RFC 1950) has in it. */
export function inflate(content: Buffer, budget: Budget): Buffer {
  return within(budget, (maxOutputLength) => inflateSync(content, { maxOutputLength }));
}

function within(budget: Budget, unpack: (limit: number) => Buffer): Buffer {
  if (budget.left === 0) throw tooLarge();
  try {
    const unpacked = unpack(budget.left);
    budget.take(unpacked.length);
    return unpacked;
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw error instanceof RangeError ? new Error(error.message) : error;
  }
}
