import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { separateFrames } from '../../src/machines/engine/container-streams.js';

function frame(stream: number, payload: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

it.each([1, 3, 8, 9, 1000])('separates output from errors in pieces of %i bytes', async (piece) => {
  const bytes = Buffer.concat([frame(1, 'out'), frame(2, 'error'), frame(1, ''), frame(1, 'x'.repeat(50))]);
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const both = Promise.all([text(stdout), text(stderr)]);
  await separateFrames(Readable.from(pieces), { stdout, stderr });
  stdout.end();
  stderr.end();
  expect(await both).toStrictEqual([`out${'x'.repeat(50)}`, 'error']);
});

it('goes on to the end when nobody reads any more', async () => {
  const stdout = new PassThrough({ highWaterMark: 10 });
  setTimeout(() => stdout.destroy(), 20);
  const frames = Array.from({ length: 50 }, () => frame(1, 'x'.repeat(100)));
  await separateFrames(Readable.from(frames), { stdout, stderr: undefined });
  expect(stdout.destroyed).toBe(true);
});

it('writes no more to an output that broke, though it forgets that it did', async () => {
  let writes = 0;
  const broken = new Writable({
    highWaterMark: 10,
    write: (_chunk, _encoding, done) => {
      writes += 1;
      done(new Error('EPIPE'));
    },
  });
  // As process.stdout does.
  broken.on('error', () => (broken as unknown as { _undestroy(): void })._undestroy());
  const frames = Array.from({ length: 50 }, () => frame(1, 'x'.repeat(100)));
  await separateFrames(Readable.from(frames), { stdout: broken, stderr: undefined });
  expect(writes).toBe(1);
});
