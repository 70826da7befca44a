import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ReproError } from '../../../src/errors.js';
import { openList } from '../../../src/filesystem/lists/read.js';
import { type ListFormatName, listFormats } from '../../../src/filesystem/lists/registry.js';
import { randomNumbers } from '../../support/random.js';
import { samples } from './samples.js';

/** Reads a list to its end; what is thrown that is not meant for users. */
async function unexpected(content: Buffer, format?: ListFormatName): Promise<unknown> {
  const list = openList(() => Readable.from([content]), { where: 'the list', hash: true, ...(format && { format }) });
  try {
    for await (const batch of list.batches()) for (const { path } of batch) if (!path.startsWith('/')) return path;
    await list.facts();
    return undefined;
  } catch (error) {
    return error instanceof ReproError ? undefined : error;
  }
}

function bytes(seed: number, length: number): Buffer {
  const below = randomNumbers(seed);
  return Buffer.from(Array.from({ length }, () => below(256)));
}

const cuts = 150;

describe('a damaged list ends in an error for people, or is read as far as it makes sense:', () => {
  it.each(samples)('$format, cut off anywhere', async ({ format, content }) => {
    const whole = Buffer.from(content);
    const step = Math.max(1, Math.floor(whole.length / cuts));
    for (let length = 0; length < whole.length; length += step) {
      expect(await unexpected(whole.subarray(0, length), format), `of ${length} bytes`).toBeUndefined();
    }
    const packed = gzipSync(whole);
    for (let length = 0; length < packed.length; length += Math.max(1, Math.floor(packed.length / 20))) {
      expect(await unexpected(packed.subarray(0, length)), `of ${length} bytes, packed`).toBeUndefined();
    }
  });

  it.each(samples)('$format, with bytes that are others', async ({ format, content }) => {
    for (let seed = 1; seed <= 60; seed++) {
      const changed = Buffer.from(content);
      const [at = 0, ...others] = bytes(seed, 4);
      for (const [nth, byte] of others.entries()) changed[(at * 7919 + nth * 104729) % changed.length] = byte;
      expect(await unexpected(changed, format), `seed ${seed}`).toBeUndefined();
    }
  });

  it.each(Object.keys(listFormats) as ListFormatName[])('anything at all as %s', async (format) => {
    for (let seed = 1; seed <= 20; seed++) expect(await unexpected(bytes(seed, 600), format)).toBeUndefined();
    for (const text of [
      '',
      '{}',
      '[]',
      'null',
      '[[[',
      '"',
      '{"artifacts":',
      'constructor: {}',
      `${'['.repeat(50_000)}`,
    ]) {
      expect(await unexpected(Buffer.from(text), format), text.slice(0, 20)).toBeUndefined();
    }
  });
});
