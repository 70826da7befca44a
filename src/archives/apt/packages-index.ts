import { parseStanza, type Stanza } from './deb822.js';

const marker = Buffer.from('Package: ');
const separator = Buffer.from('\n\n');
const newline = 0x0a;

/**
 * The stanzas of the wanted packages from a Packages index, whatever its size: it is scanned, not parsed, so that 60 MB
 * cost a fraction of a second. `wanted` is asked with each package's name.
 */
export async function* scanPackages(
  chunks: AsyncIterable<Buffer>,
  wanted: (name: string) => boolean,
): AsyncGenerator<Stanza> {
  let rest: Buffer = Buffer.alloc(0);
  let pending: Buffer[] = [];
  let pendingSize = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    pendingSize += chunk.length;
    if (pendingSize < 1 << 20) continue;
    const text = Buffer.concat([rest, ...pending]);
    pending = [];
    pendingSize = 0;
    const end = text.lastIndexOf(separator);
    if (end < 0) {
      rest = text;
      continue;
    }
    yield* scanBlock(text.subarray(0, end + 1), wanted);
    rest = text.subarray(end + 2);
  }
  yield* scanBlock(Buffer.concat([rest, ...pending]), wanted);
}

function* scanBlock(text: Buffer, wanted: (name: string) => boolean): Generator<Stanza> {
  for (let at = 0; at < text.length; ) {
    if (text[at] === newline) {
      at++;
      continue;
    }
    const found = text.indexOf(separator, at);
    const end = found < 0 ? text.length : found;
    const name = nameOf(text, at, end);
    if (name !== undefined && wanted(name)) yield parseStanza(text.toString('utf8', at, end));
    at = end + 2;
  }
}

/** The package's name: the first field of a stanza as a rule, looked for when it is not. */
function nameOf(text: Buffer, start: number, end: number): string | undefined {
  if (text.compare(marker, 0, marker.length, start, Math.min(start + marker.length, end)) === 0) {
    const line = text.indexOf(newline, start);
    return text.toString('latin1', start + marker.length, line < 0 || line > end ? end : line).trim();
  }
  return /^package:[ \t]*(\S+)/im.exec(text.toString('latin1', start, end))?.[1];
}
