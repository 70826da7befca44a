import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { storedMembers } from '../../../src/distributions/conda/stored-zip.js';
import { needs } from '../../support/needs.js';

/** A zip as Python's zipfile writes it, which conda's tools use. */
function zip(script: string): Buffer {
  const start = 'import io, sys, zipfile as z\nbuffer = io.BytesIO()\n';
  return execFileSync('/usr/bin/python3', ['-c', `${start}${script}\nsys.stdout.buffer.write(buffer.getvalue())`]);
}

async function read(content: Buffer, pieceSize: number): Promise<[string, string][]> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceSize) pieces.push(content.subarray(at, at + pieceSize));
  const members: [string, string][] = [];
  for await (const { name, content: stored } of storedMembers(Readable.from(pieces))) {
    const chunks: Buffer[] = [];
    if (name !== 'skipped') for await (const chunk of stored) chunks.push(chunk);
    members.push([name, Buffer.concat(chunks).toString()]);
  }
  return members;
}

describe('a zip whose members are stored', () => {
  beforeEach(needs({ programs: ['/usr/bin/python3'] }));

  const script = `with z.ZipFile(buffer, 'w') as archive:
    archive.writestr('first', 'one')
    archive.writestr('skipped', 'x' * 1000)
    with archive.open('large', 'w', force_zip64=True) as member: member.write(b'two')`;

  it.each([1, 7, 100_000])('is read from a stream that comes in pieces of %i bytes', async (size) => {
    expect(await read(zip(script), size)).toEqual([
      ['first', 'one'],
      ['skipped', ''],
      ['large', 'two'],
    ]);
  });

  it('is refused where a member is compressed', async () => {
    const compressed = zip(`z.ZipFile(buffer, 'w', z.ZIP_DEFLATED).writestr('packed', 'x' * 1000)`);
    await expect(read(compressed, 100)).rejects.toThrow('its member packed is compressed');
  });

  it('is refused where it ends too early', async () => {
    await expect(read(zip(script).subarray(0, 500), 100)).rejects.toThrow('ends in the middle');
  });
});
