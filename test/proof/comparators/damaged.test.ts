import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { needs } from '../../support/needs.js';
import { randomNumbers } from '../../support/random.js';
import { array, document, scan } from './laid-out.js';
import { png } from './pictures.js';
import { compare, systemPython, workshop } from './written.js';

const shop = workshop();
const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb00040000ffda000400ff0012', 'hex'),
  Buffer.alloc(50, 7),
  Buffer.from('ffd9', 'hex'),
]);

function zip(): Buffer {
  return shop.python(`import io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as file:
    file.writestr('a', 'some text ' * 30)
    file.writestr('folder/b', bytes(range(256)))
sys.stdout.buffer.write(out.getvalue())`);
}

function tar(): Buffer {
  // Without padding: what lies behind the last member is nothing.
  shop.write('member', 'some text '.repeat(900));
  return shop.run(['tar', '-c', '-b1', 'member']);
}

function netcdf(kind: string): Buffer {
  shop.write('a.cdl', 'netcdf a { dimensions: t = unlimited; variables: double x(t); int y(t); data: x = 1,2,3; }');
  shop.run(['ncgen', `-${kind}`, '-o', 'a.nc', 'a.cdl']);
  return shop.read('a.nc');
}

const samples: readonly (readonly [string, Comparator, () => Buffer, number])[] = [
  ['gzip', { gzip: { content: 'csv' } }, () => gzipSync('a,b\n1,"x"\n'.repeat(20)), 200],
  ['zip', 'zip', zip, 200],
  ['tar', 'tar', tar, 100],
  ['png', 'image', () => png(8, Array(64).fill([1, 2, 3, 4]), { colour: 6, depth: 8 }), 200],
  [
    'interlaced png',
    'image',
    () => png(8, Array(64).fill([1, 2, 3, 4]), { colour: 3, depth: 8, interlaced: true }),
    200,
  ],
  ['jpeg', 'image', () => jpeg, 200],
  ['pdf', 'pdf', () => document('1 0 0 1 0 0 cm\n(text) Tj\n'.repeat(5)), 200],
  ['packed pdf', 'pdf', () => document('(text) Tj\n'.repeat(5), { packed: true }), 200],
  ['netcdf', 'netcdf', () => netcdf('3'), 200],
  ['hdf5', 'hdf5', () => netcdf('4'), 6],
  ['nifti', 'nifti', () => scan(), 200],
  ['npy', 'npy', () => array([1, 2, 3, 4]), 200],
  ['csv', 'csv', () => Buffer.from('a,b\n1,"x"\n'.repeat(20)), 200],
  ['json', 'json', () => Buffer.from(JSON.stringify({ a: [1, 2, { b: 'text' }], c: null, d: 1e9 })), 200],
  ['jsonl', 'jsonl', () => Buffer.from('{"a": 1}\n{"a": [2]}\n'.repeat(9)), 100],
];

describe('a damaged file', () => {
  beforeEach(needs({ programs: [systemPython, 'ncgen', 'h5dump'] }));

  it.each(samples)('is never taken for a whole %s', async (_kind, comparator, make, times) => {
    const whole = make();
    expect(await compare(whole, Buffer.from(whole), comparator)).toEqual({ verdict: 'equal' });
    for (let part = 0; part < Math.min(times, 40); part++) {
      const cut = whole.subarray(0, Math.floor((whole.length * 0.85 * part) / Math.min(times, 40)));
      for (const [one, other] of [
        [whole, cut],
        [cut, whole],
      ] as const) {
        const comparison = await compare(one, other, comparator);
        expect(comparison.verdict, `cut at ${cut.length}`).not.toBe('equal');
        if (comparison.verdict === 'unproved') expect(comparison.why).toMatch(/\w/);
      }
    }
  });

  it.each(samples)('never stops the proof: %s', async (_kind, comparator, make, times) => {
    const whole = make();
    const random = randomNumbers(whole.length);
    const begin = performance.now();
    for (let time = 0; time < times; time++) {
      const changed = Buffer.from(whole);
      for (let flips = 1 + random(4); flips > 0; flips--) changed[random(changed.length)] = random(256);
      const { verdict } = await compare(whole, changed, comparator);
      expect(['equal', 'different', 'unproved']).toContain(verdict);
    }
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it.each(samples)('is no %s where it is another kind of file', async (_kind, comparator, make) => {
    const other = Buffer.from(Array.from({ length: 999 }, (_, at) => (at * 7919 + 13) & 0xff));
    expect((await compare(make(), other, comparator)).verdict).not.toBe('equal');
    expect((await compare(make(), Buffer.alloc(0), comparator)).verdict).not.toBe('equal');
    expect((await compare(Buffer.alloc(0), make(), comparator)).verdict).not.toBe('equal');
  });
});
