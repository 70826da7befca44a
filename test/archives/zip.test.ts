import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openZip } from '../../src/archives/zip.js';

const python = '/usr/bin/python3';
const hasPython = spawnSync(python, ['--version']).status === 0;
let folder: string;
let file: string;

const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as out:
    def add(name, content, method, mode, zip64=False):
        entry = zipfile.ZipInfo(name, (2026, 1, 31, 12, 30, 58))
        entry.external_attr, entry.compress_type = mode << 16, method
        with out.open(entry, 'w', force_zip64=zip64) as member: member.write(content)
    add('stored', b'as it is' * 100000, zipfile.ZIP_STORED, 0o100644)
    add('folder/', b'', zipfile.ZIP_STORED, 0o40755)
    add('folder/deflated', b'again and ' * 100000, zipfile.ZIP_DEFLATED, 0o100755)
    add('large', b'sizes of 64 bits', zipfile.ZIP_DEFLATED, 0o100600, True)
    add('link', b'stored', zipfile.ZIP_STORED, 0o120777)
    out.comment = b'PK\\x05\\x06 is no end record here'
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-'));
  file = join(folder, 'a.zip');
  if (hasPython) execFileSync(python, ['-c', script, file]);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function contents(path: string): Promise<[string, string, string, number, string][]> {
  await using zip = await openZip(path);
  const found: [string, string, string, number, string][] = [];
  for (const { name, type, mode, size, mtime, content } of zip.members) {
    const chunks: Buffer[] = [];
    for await (const chunk of content()) chunks.push(chunk);
    expect(mtime).toBe(Date.UTC(2026, 0, 31, 12, 30, 58) / 1000);
    found.push([name, type, mode.toString(8), size, Buffer.concat(chunks).toString().slice(0, 16)]);
  }
  return found;
}

describe.skipIf(!hasPython)('a zip (skipped where there is no packaged Python to make one)', () => {
  it('has stored and deflated members, folders and links, with modes and dates', async () => {
    expect(await contents(file)).toEqual([
      ['stored', 'file', '644', 800_000, 'as it isas it is'],
      ['folder', 'directory', '755', 0, ''],
      ['folder/deflated', 'file', '755', 1_000_000, 'again and again '],
      ['large', 'file', '600', 16, 'sizes of 64 bits'],
      ['link', 'symlink', '777', 6, 'stored'],
    ]);
  });

  it('notices a byte that was changed, an end that is missing, and what is no zip', async () => {
    const honest = readFileSync(file);
    const broken = join(folder, 'broken.zip');
    const changed = Buffer.from(honest);
    changed.writeUInt8(changed.readUInt8(5000) ^ 1, 5000);
    for (const bytes of [changed, honest.subarray(0, 4000), Buffer.from('no zip'), Buffer.alloc(0)]) {
      writeFileSync(broken, bytes);
      await expect(contents(broken)).rejects.toMatchObject({ kind: 'not-rebuildable' });
    }
  });
});
