import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { headersOfNdb } from '../../../src/distributions/rpm/database-ndb.js';
import { BadHeader, RpmHeader, tag } from '../../../src/distributions/rpm/header.js';
import { RpmPackage } from '../../../src/distributions/rpm/package.js';

const file = fileURLToPath(new URL('../../fixtures/rpm/Packages.db', import.meta.url));
const [blob = Buffer.alloc(0)] = headersOfNdb(readFileSync(file));

describe('a damaged header', () => {
  it('is refused where an entry lies outside, and read without an error otherwise, whatever byte is another', () => {
    let refused = 0;
    for (let at = 0; at < blob.length; at++) {
      const damaged = Buffer.from(blob);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        const { files, folders } = new RpmPackage(new RpmHeader(damaged));
        expect(files.length + folders.length).toBeLessThan(blob.length);
      } catch (error) {
        if (!(error instanceof BadHeader)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(blob.length / 2);
  });

  it.each([0, 4, 8, 100, blob.length - 1])('is refused where it is cut off at %i bytes', (length) => {
    expect(() => new RpmHeader(blob.subarray(0, length))).toThrow(BadHeader);
  });

  it('is no part of what was asked where a text has no end', () => {
    const endless = Buffer.from(blob);
    const place = new RpmHeader(blob).placeOf(tag.dirNames) ?? 0;
    endless.fill(0x2f, place);
    expect(new RpmHeader(endless).strings(tag.dirNames)).toEqual([]);
  });
});
