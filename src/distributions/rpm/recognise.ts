import { createHash } from 'node:crypto';
import { type Sha256, sha256 } from '../../hash.js';
import { RpmHeader, tag } from './header.js';
import { headerMagic, leadSize } from './rpm-file.js';

const mostBytes = 64 * 1024 * 1024;
/** PGPHASHALGO_SHA256: RFC 4880 §9.4. */
const sha256Algorithm = 8;

/**
 * Passes on an .rpm whose header has this SHA-256, and whose payload has the digest that the header says: what is signed
 * onto it, by whom, makes no other package of it. Throws at the end of any other.
 */
export async function* recognised(content: AsyncIterable<Uint8Array>, mark: Sha256): AsyncGenerator<Uint8Array> {
  const payload = createHash('sha256');
  let beginning = Buffer.alloc(0);
  let header: RpmHeader | undefined;
  for await (const chunk of content) {
    if (header) payload.update(chunk);
    else {
      beginning = Buffer.concat([beginning, chunk]);
      const place = placeOfHeader(beginning);
      if (place && beginning.length >= place.end) {
        const blob = beginning.subarray(place.start, place.end);
        if (sha256(blob) !== mark) throw new Error('its header is not that of the installed package');
        header = new RpmHeader(blob.subarray(headerMagic.length));
        payload.update(beginning.subarray(place.end));
      } else if (beginning.length > mostBytes) throw new Error('it is no rpm package');
    }
    yield chunk;
  }
  if (!header) throw new Error('it is no rpm package');
  const expected = header.text(tag.payloadDigest);
  if (expected === undefined || header.number(tag.payloadDigestAlgorithm) !== sha256Algorithm)
    throw new Error('its header has no SHA-256 of its payload');
  if (payload.digest('hex') !== expected) throw new Error('its payload is not what its header says');
}

/** Where the header lies, with its magic number: behind the lead and the padded signatures; undefined while too little is there. */
function placeOfHeader(content: Buffer): { readonly start: number; readonly end: number } | undefined {
  const sizeAt = (at: number): number | undefined => {
    if (content.length < at + 16) return undefined;
    if (!content.subarray(at, at + 4).equals(headerMagic.subarray(0, 4))) throw new Error('it is no rpm package');
    return 16 + content.readUInt32BE(at + 8) * 16 + content.readUInt32BE(at + 12);
  };
  const signatures = sizeAt(leadSize);
  if (signatures === undefined) return undefined;
  const start = leadSize + signatures + ((8 - (signatures % 8)) % 8);
  const size = sizeAt(start);
  return size === undefined ? undefined : { start, end: start + size };
}
