import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readSif } from '../../../src/filesystem/squashfs/sif.js';
import { SquashFs } from '../../../src/filesystem/squashfs/squashfs.js';
import { sha256 } from '../../../src/hash.js';
import { sifOf } from '../../support/sif.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/squashfs/${name}.sqfs`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'squashfs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function listed(file: string, start = 0) {
  const opened = openSync(file, 'r');
  try {
    const squash = new SquashFs(opened, start);
    return [...squash.entries()].map(({ entry, content }) => ({
      ...entry,
      ...(content && { hash: sha256(Buffer.concat([...squash.content(content)])) }),
    }));
  } finally {
    closeSync(opened);
  }
}

describe.each(['gzip', 'zstd'])('a SquashFS of %s', (name) => {
  const entries = listed(fixture(name));
  const at = (path: string) => entries.find((entry) => entry.path === path);

  it('has all names, parents first and in byte order, also those that are no text', () => {
    expect(entries.map(({ path }) => path)).toEqual([
      ...['/', '/.singularity.d', '/.singularity.d/Singularity', '/.singularity.d/env'],
      ...['/.singularity.d/env/10-docker2singularity.sh', '/.singularity.d/labels.json', '/bin', '/etc'],
      ...['/etc/os-release', '/odd', '/odd/a\nb', '/odd/fifo', '/odd/lines', '/odd/sparse', '/odd/\xff'],
      ...['/usr', '/usr/bin', '/usr/bin/tool', '/usr/bin/tool2'],
    ]);
  });

  it('tells types, modes, owners, links, hard links and extended attributes', () => {
    expect(at('/bin')).toMatchObject({ type: 'symlink', target: 'usr/bin' });
    expect(at('/odd/fifo')).toMatchObject({ type: 'fifo', uid: 7, gid: 8, size: 0 });
    const tool = { type: 'file', mode: 0o4755, size: 10, mtime: 1_600_000_000, attributes: 'user.note=6e' };
    expect(at('/usr/bin/tool')).toMatchObject(tool);
    expect(at('/usr/bin/tool')).not.toHaveProperty('sameAs');
    expect(at('/usr/bin/tool2')).toMatchObject({ ...tool, sameAs: '/usr/bin/tool' });
    expect(at('/etc')?.attributes).toBe('');
  });

  it('gives contents: of several blocks, with holes, and of the ends that share a block', () => {
    const lines = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('');
    expect(at('/odd/lines')?.hash).toBe(sha256(lines));
    expect(at('/odd/sparse')?.hash).toBe(sha256(Buffer.concat([Buffer.alloc(300_000), Buffer.from('end')])));
    expect(at('/usr/bin/tool')?.hash).toBe(sha256('#!/bin/sh\n'));
  });
});

describe('a SIF', () => {
  it('has its system where its descriptors say, and the recipe', () => {
    const file = join(folder, 'one.sif');
    writeFileSync(file, sifOf(readFileSync(fixture('gzip')), 'Bootstrap: scratch\n'));
    const opened = openSync(file, 'r');
    const { start, recipe } = readSif(opened);
    closeSync(opened);
    expect(recipe).toBe('Bootstrap: scratch\n');
    expect(listed(file, start).map(({ path }) => path)).toEqual(listed(fixture('gzip')).map(({ path }) => path));
  });
});

describe('what cannot be read', () => {
  const whole = readFileSync(fixture('gzip'));
  const changed = (at: number, bytes: readonly number[]) => {
    const copy = Buffer.from(whole);
    copy.set(bytes, at);
    return copy;
  };
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'ends before the 96 bytes that should be at 0'],
    ['something else', Buffer.alloc(200, 'x'), 'no SquashFS'],
    ['another compression', readFileSync(fixture('xz')), 'compressed by xz'],
    ['another version', changed(28, [3]), 'of the version 3.0'],
    ['impossible blocks', changed(12, [0, 0, 0, 255]), 'has blocks of'],
    ['an end that is missing', whole.subarray(0, 3000), 'ends before the'],
    ['tables that are elsewhere', changed(64, [255, 255, 255, 255]), 'ends before the'],
    ['blocks of contents that are damaged', changed(100, Array<number>(400).fill(0x55)), 'damaged block at'],
  ])('%s', (_what, content, message) => {
    const file = join(folder, 'bad.sqfs');
    writeFileSync(file, content);
    expect(() => listed(file)).toThrow(message);
  });

  it('a SIF with too many descriptors, or without a system', () => {
    const file = join(folder, 'bad.sif');
    const sif = sifOf(whole, 'x');
    for (const [bytes, message] of [
      [Buffer.concat([sif.subarray(0, 88), Buffer.alloc(8, 0x7f), sif.subarray(96)]), 'descriptors'],
      [Buffer.concat([sif.subarray(0, 88), Buffer.alloc(8), sif.subarray(96)]), 'no SquashFS with the system'],
    ] as const) {
      writeFileSync(file, bytes);
      const opened = openSync(file, 'r');
      expect(() => readSif(opened)).toThrow(message);
      closeSync(opened);
    }
  });
});
