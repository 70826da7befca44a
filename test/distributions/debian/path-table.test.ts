import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../src/distributions/debian/line-index.js';
import { PathTable } from '../../../src/distributions/debian/path-table.js';
import { randomNumbers } from '../../support/random.js';

function found(wanted: readonly string[], list: string, skip = 0): string[] {
  const table = new PathTable();
  table.addAll(wanted);
  const paths: string[] = [];
  table.scan(new LineIndex().of(Buffer.from(list, 'latin1'), skip), (index) => paths.push(table.path(index)));
  return paths;
}

describe('PathTable', () => {
  it('finds whole lines only, also the last without its newline', () => {
    expect(found(['/a', '/usr/bin/long-enough-to-hash', '/b'], '/ab\n/usr/bin/long-enough-to-hash\n/x/a\n/b')).toEqual([
      '/usr/bin/long-enough-to-hash',
      '/b',
    ]);
  });

  it('tells paths with the same end apart', () => {
    const end = '/python3/dist-packages/module/__init__.py';
    expect(found([`/usr/lib/a${end}`], `/usr/lib/b${end}\n/usr/lib/a${end}\n`)).toEqual([`/usr/lib/a${end}`]);
  });

  it('finds paths of md5sums, which have no leading slash', () => {
    const sum = '0123456789abcdef0123456789abcdef';
    expect(found(['/usr/bin/awk', '/x'], `${sum}  usr/bin/awk\n${sum}  x\n${sum}  y\n`, 33)).toEqual([
      '/usr/bin/awk',
      '/x',
    ]);
  });

  it('finds in lists that were gone through before, for another table, what is in this one', () => {
    const lines = new LineIndex();
    const lists = ['/a/one\n/a/two\n', '/b/one', '', '/a/two\n'].map((text) => Buffer.from(text));
    const search = (path: string): string[] => {
      const table = new PathTable();
      table.addAll([path]);
      const seen: string[] = [];
      for (const [at, list] of lists.entries())
        table.scan(lines.of(list, 0), (_, start) => seen.push(`${at}:${start}`));
      return seen;
    };
    expect([search('/a/two'), search('/b/one'), search('/none')]).toEqual([['0:7', '3:0'], ['1:0'], []]);
  });

  it('gives the same number to the same path, and keeps bytes that are no text', () => {
    const table = new PathTable();
    expect(table.addAll(['/\xff', '/a', '/\xff'])).toEqual([0, 1, 0]);
    expect([table.addAll(['/b', '/\xff']), table.find('/b'), table.find('/c')]).toEqual([[2, 0], 2, -1]);
    expect(table.size).toBe(3);
  });

  it('agrees with a set of strings on many random paths', () => {
    const random = randomNumbers(42);
    const path = (): string =>
      Array.from({ length: 1 + random(6) }, () => `/${'abcdefgh'.slice(0, 1 + random(8))}${random(9)}`).join('');
    const wanted = new Set(Array.from({ length: 5000 }, path));
    const lines = Array.from({ length: 20_000 }, path);
    expect(found([...wanted], lines.join('\n'))).toEqual(lines.filter((line) => wanted.has(line)));
  });
});
