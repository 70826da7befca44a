import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../src/filesystem/snapshot.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import type { FilePath } from '../../src/model/file-path.js';

const at = (path: string) => path as FilePath;
const entry = (path: string, more: Partial<FileEntry> = {}): FileEntry => ({
  path: at(path),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  ...more,
});

describe('snapshot', () => {
  it('gives back what was written, with any bytes in names, and the same bytes each time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
    const entries = [
      entry('/caf\xe9\n"', { hash: 'a'.repeat(64), mtime: -1 }),
      entry('/l', { type: 'symlink', target: at('\xff') }),
      entry('/u', { unreadable: 'EACCES' }),
    ];
    await writeSnapshot(join(folder, 'one'), entries);
    const read: FileEntry[] = [];
    for await (const found of readSnapshot(createReadStream(join(folder, 'one')))) read.push(found);
    expect(read).toEqual(entries);
    rmSync(folder, { recursive: true });
  });

  it('has the same bytes in whatever order a machine tells the fields of an entry', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
    const one = entry('/l', { type: 'symlink', target: at('a') });
    const other = Object.fromEntries(Object.entries(one).reverse()) as unknown as FileEntry;
    await writeSnapshot(join(folder, 'one'), [one]);
    await writeSnapshot(join(folder, 'other'), [other]);
    expect(readFileSync(join(folder, 'one')).equals(readFileSync(join(folder, 'other')))).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
