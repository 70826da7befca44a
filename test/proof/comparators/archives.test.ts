import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { unpackedLimit } from '../../../src/proof/comparison/comparator.js';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { needs } from '../../support/needs.js';
import { compare, differences, systemPython, workshop } from './written.js';

const shop = workshop();

describe('gzip', () => {
  it('is equal by its content, whatever time, name and level gzip(1) gave it', async () => {
    shop.write('a.csv', 'x\n1\n');
    shop.write('b.csv', 'x\n1\n');
    const one = shop.run(['gzip', '-c', '-1', 'a.csv']);
    const other = shop.run(['gzip', '-c', '-9', 'b.csv']);
    expect(one.equals(other)).toBe(false);
    expect(await differences(one, other, 'gzip')).toEqual([]);
    expect(await differences(Buffer.concat([one, one]), gzipSync('x\n1\nx\n1\n'), 'gzip')).toEqual([]);
  });

  it('says what differs inside, by the comparator of the content', async () => {
    const [one, other] = [gzipSync('x\n1\n'), gzipSync('x\n1.1\n')];
    expect(await differences(one, other, 'gzip')).toEqual(['in the content, byte 4, line 2: 1 | 1.1']);
    expect(await differences(one, other, { gzip: { content: 'csv' } })).toEqual([
      'in the content, row 2, column x: 1 | 1.1',
    ]);
    expect(await differences(one, other, { gzip: { content: { csv: { absolute: 0.2 } } } })).toEqual([]);
  });

  it('unpacks no more than a limit, however small the file is', async () => {
    let bomb: Buffer = gzipSync(Buffer.alloc(unpackedLimit >> 3));
    bomb = Buffer.concat(Array.from({ length: 9 }, () => bomb));
    expect(bomb.length).toBeLessThan(10_000_000);
    const comparison = await compare(bomb, gzipSync('x'), 'gzip');
    expect(comparison).toMatchObject({ verdict: 'unproved', why: expect.stringContaining('MiB') });
    const within: Comparator = { gzip: { content: 'gzip' } };
    expect(await compare(gzipSync(bomb), gzipSync(bomb.subarray(0, -1)), within)).toMatchObject({
      verdict: 'unproved',
    });
  });
});

describe('zip and tar', () => {
  beforeEach(needs({ programs: [systemPython] }));

  const zipped = (year: number, members: Readonly<Record<string, string>>, method = 'ZIP_DEFLATED') =>
    shop.python(
      `import io, json, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', getattr(zipfile, sys.argv[3])) as file:
    for name, content in json.loads(sys.argv[2]).items():
        file.writestr(zipfile.ZipInfo(name, (int(sys.argv[1]), 1, 1, 0, 0, 0)), content, getattr(zipfile, sys.argv[3]))
sys.stdout.buffer.write(out.getvalue())`,
      String(year),
      JSON.stringify(members),
      method,
    );

  it('is equal by the members of a zip, in any order, of any time, however compressed', async () => {
    const one = zipped(2001, { a: 'x'.repeat(100), b: 'y' });
    const other = zipped(2024, { b: 'y', a: 'x'.repeat(100) }, 'ZIP_STORED');
    expect(await differences(one, other, 'zip')).toEqual([]);
  });

  it('says which members of a zip differ', async () => {
    const one = zipped(2001, { 'a.txt': '1', 'b.csv': 'x\n1\n', 'meta/date': 'Monday', gone: '' });
    const other = zipped(2001, { 'a.txt': '2', 'b.csv': 'x\n1.0\n', 'meta/date': 'Friday', new: '' });
    const told: Comparator = { zip: { members: { '*.csv': 'csv', 'meta/*': 'ignore' } } };
    expect(await differences(one, other, told)).toEqual([
      'in member a.txt, byte 1, line 1: 1 | 2',
      'member gone: file, mode 600 | nothing',
      'member new: nothing | file, mode 600',
    ]);
  });

  it('does not believe the size that a zip gives for a member', async () => {
    const zip = zipped(2001, { a: 'x'.repeat(1000) });
    const directory = zip.indexOf(Buffer.from('PK\x01\x02'));
    const lying = Buffer.from(zip);
    lying.writeUInt32LE(5, directory + 24);
    expect(await compare(zip, lying, 'zip')).toMatchObject({ verdict: 'unproved' });
    lying.writeUInt32LE(0xfffffff0, directory + 24);
    expect(await compare(zip, lying, 'zip')).toMatchObject({ verdict: 'unproved' });
  });

  it('is equal by the members of a tar, whoever owns them', async () => {
    shop.run(['mkdir', '-p', 'tree']);
    shop.write('tree/a', 'one');
    shop.write('tree/b', 'two');
    const tar = (...options: string[]) => shop.run(['tar', '-c', ...options, '-C', 'tree', '.']);
    const one = tar('--mtime=@1', '--owner=1', '--sort=name');
    expect(await differences(one, tar('--mtime=@2', '--format=pax'), 'tar')).toEqual([]);
    shop.write('tree/b', 'twa');
    shop.run(['ln', '-sf', 'a', 'tree/c']);
    expect(await differences(one, tar(), 'tar')).toEqual([
      'in member b, byte 3, line 1: two | twa',
      'member c: nothing | symlink to a, mode 777',
    ]);
    expect(await differences(gzipSync(one), gzipSync(one, { level: 1 }), { gzip: { content: 'tar' } })).toEqual([]);
  });
});
