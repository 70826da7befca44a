import { z } from 'zod';

/** A name that was asked for, and an address that it has, as `inet_ntop` shows it. */
export type NamedAddress = readonly [name: string, address: string];

/** What an answer of a name service says: a DNS message (RFC 1035) or a reply of systemd-resolved; nothing if neither. */
export function namedAddresses(answer: string): NamedAddress[] {
  return addressesIn(answer).filter(([name]) => hostName.test(name));
}

/** Bytes of any other kind have no business on a terminal. */
const hostName = /^[\w.-]+$/;

function addressesIn(answer: string): NamedAddress[] {
  const data = Buffer.from(answer, 'latin1');
  if (data[0] === 0x7b) return fromResolved(data);
  // Over TCP two bytes with its length come first.
  const message = data.length > 2 && data.readUInt16BE(0) === data.length - 2 ? data.subarray(2) : data;
  try {
    return fromDns(message);
  } catch {
    return [];
  }
}

const headerSize = 12;
const recordSizes = new Map([
  [1, 4],
  [28, 16],
]);

/** Answers follow the one question; all addresses among them are of the name in it, whatever aliases lead there. */
function fromDns(message: Buffer): NamedAddress[] {
  const isAnswer = (message.readUInt16BE(2) & 0x8000) !== 0 && message.readUInt16BE(4) === 1;
  if (!isAnswer) return [];
  const asked = nameAt(message, headerSize);
  const found: NamedAddress[] = [];
  let at = asked.end + 4;
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    const { end } = nameAt(message, at);
    const size = message.readUInt16BE(end + 8);
    const data = message.subarray(end + 10, end + 10 + size);
    if (recordSizes.get(message.readUInt16BE(end)) === data.length) found.push([asked.name, shownAddress(data)]);
    at = end + 10 + size;
  }
  return found;
}

/** A name is labels with their lengths; a length from 0xc0 on points to the rest of it, elsewhere in the message. */
function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let size = message.readUInt8(at); size !== 0; size = message.readUInt8(at)) {
    if (size >= 0xc0) return { name: labels.join('.'), end: at + 2 };
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.'), end: at + 1 };
}

const byte = z.int().min(0).max(255);
const addressBytes = z.array(byte).refine(({ length }) => length === 4 || length === 16);

const resolved = z.object({
  parameters: z.object({
    name: z.string(),
    addresses: z.array(z.object({ address: addressBytes })),
  }),
});

/** One JSON text that ends with a zero byte (varlink.org), the method io.systemd.Resolve.ResolveHostname. */
function fromResolved(data: Buffer): NamedAddress[] {
  const end = data.indexOf(0);
  const said = resolved.safeParse(parseJson(data.toString('latin1', 0, end < 0 ? data.length : end)));
  if (!said.success) return [];
  const { name, addresses } = said.data.parameters;
  return addresses.map(({ address }) => [name, shownAddress(Buffer.from(address))]);
}

/** IPv6 as RFC 5952 has it, which a URL makes of it. */
function shownAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
