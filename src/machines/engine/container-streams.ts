import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { StreamOption } from '../../exec.js';

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
  const writeOut = stdout && writerTo(stdout);
  const writeError = stderr && writerTo(stderr);
  let write: typeof writeOut;
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
        write = header[0] === 2 ? writeError : writeOut;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      await write?.(part);
    }
  }
}

/** Copies a terminal's stream, which has no frames. */
export async function copyTo(stream: Readable, target: Writable): Promise<void> {
  const write = writerTo(target);
  for await (const chunk of stream as AsyncIterable<Buffer>) await write(chunk);
}

/** An output that a caller reads, ends early, or is our own. */
export function outputOf(
  choice: StreamOption,
  own: Writable,
): { target: Writable | undefined; pipe: PassThrough | undefined; close?: () => Promise<void> } {
  if (choice === 'inherit') return { target: own, pipe: undefined };
  if (choice === 'ignore') return { target: undefined, pipe: undefined };
  if (typeof choice === 'number') {
    const file = createWriteStream('', { fd: choice, autoClose: false });
    return { target: file, pipe: undefined, close: () => finished(file.end()) };
  }
  const pipe = new PassThrough();
  return { target: pipe, pipe };
}

/** Once nobody reads any more, the rest is thrown away, so that the process can come to its end. */
function writerTo(target: Writable): (part: Buffer) => Promise<void> {
  let isLost = false;
  // Node's own standard streams forget that they broke.
  target.once('error', () => {
    isLost = true;
  });
  return async (part) => {
    if (isLost || target.destroyed || target.writableEnded || target.write(part)) return;
    const closed = new AbortController();
    try {
      await Promise.race([
        once(target, 'drain', { signal: closed.signal }),
        once(target, 'close', { signal: closed.signal }),
      ]);
    } catch (error) {
      if (!isLost) throw error;
    } finally {
      closed.abort();
    }
  };
}
