import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';

/** Where the frames of a container's output go; `undefined` throws them away. */
export interface Outputs {
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
}

/**
 * Takes apart the engine's stream of frames (https://docs.docker.com/reference/api/engine/, "Stream format": a byte
 * that tells the stream, three zeroes, the length, the payload), waiting for whoever reads.
 */
export async function separateFrames(stream: Readable, { stdout, stderr }: Outputs): Promise<void> {
  let target: Writable | undefined;
  let left = 0;
  let header: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const missing = 8 - header.length;
        header = Buffer.concat([header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (header.length < 8) break;
        target = header[0] === 2 ? stderr : stdout;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      if (target) await writeTo(target, part);
    }
  }
}

/** Copies a terminal's stream, which has no frames. */
export async function copyTo(stream: Readable, target: Writable): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) await writeTo(target, chunk);
}

/** An output that a caller reads, ends early, or is our own. */
export function outputOf(
  choice: 'inherit' | 'pipe' | 'ignore',
  own: Writable,
): { target: Writable | undefined; pipe: PassThrough | undefined } {
  if (choice === 'inherit') return { target: own, pipe: undefined };
  if (choice === 'ignore') return { target: undefined, pipe: undefined };
  const pipe = new PassThrough();
  return { target: pipe, pipe };
}

/** Once nobody reads any more, the rest is thrown away, so that the process can come to its end. */
async function writeTo(target: Writable, part: Buffer): Promise<void> {
  if (target.destroyed || target.writableEnded || target.write(part)) return;
  const closed = new AbortController();
  try {
    await Promise.race([
      once(target, 'drain', { signal: closed.signal }),
      once(target, 'close', { signal: closed.signal }),
    ]);
  } finally {
    closed.abort();
  }
}
