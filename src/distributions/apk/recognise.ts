import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { digestOf } from './database.js';

/** More than any signature and description of a package take. */
const mostBefore = 4 * 1024 * 1024;
const gzip = Buffer.from('1f8b08', 'hex');

/**
 * Passes on an .apk, a signature, what describes the package and its files, each a tar compressed by itself, whose middle
 * part has this checksum, and the last part the SHA-256 that stands there: whoever signed it. Throws at the end of any
 * other. https://wiki.alpinelinux.org/wiki/Apk_spec
 */
export async function* recognised(content: AsyncIterable<Uint8Array>, checksum: string): AsyncGenerator<Uint8Array> {
  const files = createHash('sha256');
  let beginning = Buffer.alloc(0);
  let expected: string | undefined;
  for await (const chunk of content) {
    if (expected !== undefined) files.update(chunk);
    else if (beginning.length < mostBefore) {
      beginning = Buffer.concat([beginning, chunk]);
      const found = findControl(beginning, checksum);
      if (found) {
        expected = /^datahash = ([0-9a-f]{64})$/m.exec(gunzipSync(found.control).toString('latin1'))?.[1] ?? '';
        files.update(beginning.subarray(found.end));
      }
    }
    yield chunk;
  }
  if (expected === undefined) throw new Error(`nothing in it has the checksum ${checksum}`);
  if (files.digest('hex') !== expected) throw new Error('its files are not those that it describes');
}

/** The part that has the checksum, and where the next one begins; undefined while too little is there. */
function findControl(head: Buffer, checksum: string): { control: Buffer; end: number } | undefined {
  const digest = digestOf(checksum);
  const starts: number[] = [];
  for (let at = head.indexOf(gzip); at >= 0 && digest; at = head.indexOf(gzip, at + 1)) {
    for (const from of starts) {
      const control = head.subarray(from, at);
      if (createHash(digest.algorithm).update(control).digest('hex') === digest.value) return { control, end: at };
    }
    // A signature may come first, and nothing else.
    if (starts.length < 2) starts.push(at);
  }
  return undefined;
}
