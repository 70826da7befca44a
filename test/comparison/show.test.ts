import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readElf } from '../../src/comparison/show/elf.js';
import { contentDiff } from '../../src/comparison/show/show.js';
import { unifiedDiff } from '../../src/comparison/show/text-diff.js';
import { needs } from '../support/needs.js';
import { randomNumbers } from '../support/random.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-show-'));
const names = ['one', 'other'] as const;

describe('a text diff', () => {
  beforeEach(needs({ programs: ['diff'] }));

  /** Steps that turn one text into the other, as patch(1) has them. */
  function patched(before: string, diff: string): string {
    writeFileSync(join(folder, 'file'), before);
    const { status, stderr } = spawnSync('patch', ['-s', join(folder, 'file')], { input: `${diff}\n` });
    expect(String(stderr)).toBe('');
    expect(status).toBe(0);
    return readFileSync(join(folder, 'file'), 'utf8');
  }

  it.each([
    ['a\nb\nc\n', 'a\nx\nc\n'],
    ['', 'a\n'],
    ['a\n', ''],
    ['a', 'a\n'],
    ['a\n', 'a'],
    [
      Array.from({ length: 40 }, (_, at) => `${at}\n`).join(''),
      Array.from({ length: 40 }, (_, at) => `${at % 17 === 3 ? 'x' : at}\n`).join(''),
    ],
  ])('of %j and %j is that of diff -u', (before, after) => {
    writeFileSync(join(folder, 'one'), before);
    writeFileSync(join(folder, 'other'), after);
    const { stdout } = spawnSync('diff', ['-u', '--label', 'one', '--label', 'other', 'one', 'other'], { cwd: folder });
    expect(`${unifiedDiff(before, after, names)}\n`).toBe(String(stdout));
  });

  it('leads from one text to the other, whatever they are', () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 40; round++) {
      const text = () => Array.from({ length: random(30) }, () => `${random(5)}\n`).join('');
      const [before, after] = [text(), text()];
      const diff = unifiedDiff(before, after, names);
      if (before !== after) expect(patched(before, diff)).toBe(after);
      else expect(diff).toBe('');
    }
  });
});

describe('a program', () => {
  beforeEach(needs({ programs: ['readelf'] }));

  it('needs what readelf says', () => {
    const output = spawnSync('readelf', ['-dW', '/bin/ls'], { encoding: 'utf8' }).stdout;
    const needed = [...output.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name).sort();
    const symbols = spawnSync('readelf', ['--dyn-syms', '-W', '/bin/ls'], { encoding: 'utf8' }).stdout;
    const elf = readElf(readFileSync('/bin/ls'));
    expect(needed.length).toBeGreaterThan(0);
    expect(elf?.needed).toEqual(needed);
    expect(elf?.undefined).toHaveLength([...symbols.matchAll(/ UND \S/g)].length);
    expect(elf?.interpreter).toMatch(/^\/lib.*ld/);
  });

  it('is not read where it is damaged', () => {
    const content = readFileSync('/bin/ls');
    content.writeBigUInt64LE(0xffffffffffffn, 40);
    expect(readElf(content)).toBeUndefined();
    expect(readElf(content.subarray(0, 100))).toBeUndefined();
  });

  it('is set beside another by what it needs and has', async () => {
    const { as, diff } = await contentDiff(readFileSync('/bin/ls'), readFileSync('/bin/cat'), names);
    expect(as).toBe('elf');
    expect(diff).toMatch(/^-needs libselinux|^-wants \w+$/m);
  });
});

describe('archives', () => {
  it('are set side by side by their members', async () => {
    const pack = (text: string, flag: string) => {
      writeFileSync(join(folder, 'member'), text);
      return spawnSync('tar', [`-c${flag}`, '--mtime=@0', 'member'], { cwd: folder }).stdout;
    };
    const { as, diff } = await contentDiff(pack('one', 'z'), pack('other', ''), names);
    expect(as).toBe('archive');
    expect(diff).toContain('-member file 0644 3 bytes');
    expect(diff).toContain('+member file 0644 5 bytes');
  });

  it('says of other bytes where they differ', async () => {
    const { as, diff } = await contentDiff(Buffer.from([0, 1]), Buffer.from([0, 2]), names);
    expect(as).toBe('bytes');
    expect(diff).toContain('+first different byte at 1: 2');
  });
});
