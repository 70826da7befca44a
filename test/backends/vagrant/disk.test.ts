import { expect, it } from 'vitest';
import { beginningOf } from '../../../backends/vagrant/disk.js';

it('is a master boot record with one bootable partition, and the loader right after it', () => {
  const disk = beginningOf(Buffer.alloc(512, 'b'), Buffer.alloc(700, 'c'), 4);
  expect(disk.subarray(0, 440).every((byte) => byte === 'b'.charCodeAt(0))).toBe(true);
  expect(disk.subarray(440, 446)).toEqual(Buffer.alloc(6));
  expect([disk[446], disk[450]]).toEqual([0x80, 0x83]);
  const [first, count] = [disk.readUInt32LE(454), disk.readUInt32LE(458)];
  expect([first, (first + count) * 512]).toEqual([2048, 4 * 2 ** 30]);
  expect(disk.subarray(462, 510)).toEqual(Buffer.alloc(48));
  expect(disk.readUInt16BE(510)).toBe(0x55aa);
  expect(disk.subarray(512)).toEqual(Buffer.alloc(700, 'c'));
});

it('is refused where the loader would lie in the partition', () => {
  expect(() => beginningOf(Buffer.alloc(512), Buffer.alloc(2 ** 20), 4)).toThrow('does not fit');
});
