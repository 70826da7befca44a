import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const types = { A: 1, AAAA: 28 } as const;
const alias = 5;

/** Where a label of the question is, as names in answers point to it. */
const pointer = Buffer.from([0xc0, 12]);

/** A question for the addresses of a name, RFC 1035. */
export function dnsQuery(name: string, type: keyof typeof types): Buffer {
  return Buffer.concat([words(0x1234, 0x0100, 1, 0, 0, 0), encoded(name), words(types[type], 1)]);
}

/** The answer to a question; with an `alias` that has the addresses in its place. */
export function dnsAnswer(query: Buffer, addresses: readonly string[], { alias: other = '' } = {}): Buffer {
  const type = query.readUInt16BE(query.length - 4);
  const records = addresses.map((address) => record(other ? encoded(other) : pointer, type, addressBytes(address)));
  if (other) records.unshift(record(pointer, alias, encoded(other)));
  const header = words(query.readUInt16BE(0), 0x8180, 1, records.length, 0, 0);
  return Buffer.concat([header, query.subarray(12), ...records]);
}

/** A name server on port 53 of an address, over UDP and TCP, which knows some names. */
export async function startNameServer(
  host: string,
  names: Readonly<Record<string, readonly string[]>>,
): Promise<AsyncDisposable> {
  const answerTo = (query: Buffer) => {
    const question = query.subarray(0, query.indexOf(0, 12) + 5);
    const isIPv6 = question.readUInt16BE(question.length - 4) === types.AAAA;
    const known = names[labels(question)] ?? [];
    return dnsAnswer(
      question,
      known.filter((address) => address.includes(':') === isIPv6),
    );
  };
  const datagrams = createSocket('udp4');
  datagrams.on('message', (query, { port, address }) => datagrams.send(answerTo(query), port, address));
  await new Promise<void>((resolve, reject) => datagrams.once('error', reject).bind(53, host, resolve));
  const streams = createServer((socket) =>
    socket.once('data', (data) => {
      const answer = answerTo(data.subarray(2));
      socket.end(Buffer.concat([words(answer.length), answer]));
    }),
  );
  await new Promise<void>((resolve, reject) => streams.once('error', reject).listen(53, host, resolve));
  return {
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => datagrams.close(resolve));
      await new Promise((resolve) => streams.close(resolve));
    },
  };
}

function record(name: Buffer, type: number, data: Buffer): Buffer {
  return Buffer.concat([name, words(type, 1, 0, 60, data.length), data]);
}

function encoded(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.of(0),
  ]);
}

function labels(query: Buffer): string {
  const parts: string[] = [];
  for (let at = 12; query.readUInt8(at) !== 0; at += query.readUInt8(at) + 1) {
    parts.push(query.toString('latin1', at + 1, at + 1 + query.readUInt8(at)));
  }
  return parts.join('.');
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return words(...[...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16)));
}

function words(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.of(value >> 8, value & 0xff)));
}
