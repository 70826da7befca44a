import type { FileHandle } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PortionWriter } from '../../src/archives/portions.js';

/** A file that takes at most so many bytes at once, and in all. */
function file(atOnce: number, room = Number.POSITIVE_INFINITY) {
  const written: Buffer[] = [];
  const size = () => written.reduce((sum, { length }) => sum + length, 0);
  const writev = async (chunks: readonly Uint8Array[]) => {
    const taken = Buffer.concat(chunks).subarray(0, Math.min(atOnce, room - size()));
    if (taken.length === 0 && size() >= room) throw new Error('the disk is full');
    written.push(taken);
    return { bytesWritten: taken.length, buffers: chunks };
  };
  return { written, handle: { writev } as unknown as Pick<FileHandle, 'writev'> };
}

const chunks = Array.from({ length: 50 }, (_, at) => Buffer.alloc(at * 3001, at));

async function writeAll(handle: Pick<FileHandle, 'writev'>): Promise<void> {
  const writer = new PortionWriter(handle);
  for (const chunk of chunks) await writer.write(chunk);
  await writer.flush();
}

it('writes all in order, in few calls', async () => {
  const { written, handle } = file(Number.POSITIVE_INFINITY);
  await writeAll(handle);
  expect(Buffer.concat(written).equals(Buffer.concat(chunks))).toBe(true);
  expect(written.length).toBeLessThan(6);
});

it('goes on where the system took only a part', async () => {
  const { written, handle } = file(70_000);
  await writeAll(handle);
  expect(Buffer.concat(written).equals(Buffer.concat(chunks))).toBe(true);
});

it.each([0, 1_000_000, Buffer.concat(chunks).length - 1])('fails where there is room for %i bytes', async (room) => {
  await expect(writeAll(file(Number.POSITIVE_INFINITY, room).handle)).rejects.toThrow('the disk is full');
});
