import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { needs } from '../../support/needs.js';
import { array, scan } from './laid-out.js';
import { compare, differences, workshop } from './written.js';

const shop = workshop();

interface Weather {
  readonly last?: string;
  readonly history?: string;
  readonly id?: string;
}

/** As ncgen(1) writes it in one of its formats: 3 and 6 are classic, 5 has 64 bits, 4 is HDF5. */
function weather(kind: '3' | '4' | '5' | '6', { last = '6.5', history = 'Monday', id = '9' }: Weather = {}): Buffer {
  shop.write(
    'weather.cdl',
    `netcdf weather {
dimensions: time = unlimited; x = 3;
variables:
  double t(time, x); t:units = "K";
  int id(x);
  char name(x);
  short s(time);
:history = "${history}";
data: t = 1.1, 2.2, NaN, 4, 5, ${last}; id = 7, 8, ${id}; name = "abc"; s = 1, 2;
}`,
  );
  shop.run(['ncgen', `-${kind}`, '-o', 'weather.nc', 'weather.cdl']);
  return shop.read('weather.nc');
}

describe('netcdf', () => {
  beforeEach(needs({ programs: ['ncgen'] }));

  it('is equal by its data in any of the classic formats', async () => {
    const classic = weather('3');
    expect(await differences(classic, weather('6'), 'netcdf')).toEqual([]);
    expect(await differences(classic, weather('5'), 'netcdf')).toEqual([]);
  });

  it('says which value of which variable differs', async () => {
    const classic = weather('3');
    const other = weather('5', { last: '6.50001', history: 'Friday', id: '10' });
    expect(await differences(classic, other, 'netcdf')).toEqual([
      ':history: "Monday" | "Friday"',
      't[1, 2]: 6.5 | 6.50001',
      'id[2]: 9 | 10',
    ]);
    expect(await differences(classic, other, { netcdf: { relative: 1e-5, ignore: [':hist*', 'id'] } })).toEqual([]);
  });

  it('tells a dimension that can grow from one that cannot', async () => {
    const written = (length: string) => {
      shop.write('grow.cdl', `netcdf a { dimensions: t = ${length}; variables: int s(t); data: s = 1, 2; }`);
      shop.run(['ncgen', '-3', '-o', 'grow.nc', 'grow.cdl']);
      return shop.read('grow.nc');
    };
    expect(await differences(written('unlimited'), written('2'), 'netcdf')).toContain(
      'dimension t: unlimited, now 2 | 2',
    );
  });

  it('reads one variable of records alone, which is not padded', async () => {
    const written = (values: string) => {
      const cdl = `netcdf a { dimensions: t = unlimited; variables: short s(t); data: s = ${values}; }`;
      shop.write('alone.cdl', cdl);
      shop.run(['ncgen', '-3', '-o', 'alone.nc', 'alone.cdl']);
      return shop.read('alone.nc');
    };
    expect(await differences(written('1, 2, 3'), written('1, 2, 4'), 'netcdf')).toEqual(['s[2]: 3 | 4']);
  });
});

describe('hdf5', () => {
  beforeEach(needs({ programs: ['ncgen', 'h5dump', 'h5repack'] }));
  afterEach(() => void vi.unstubAllEnvs());

  it('is equal by its data, however it is stored', async () => {
    const plain = weather('4');
    shop.run(['h5repack', '-f', 'GZIP=9', 'weather.nc', 'packed.nc']);
    const packed = shop.read('packed.nc');
    expect(plain.equals(packed)).toBe(false);
    expect(await differences(plain, packed, 'hdf5')).toEqual([]);
  });

  it('says which value of which data set differs', async () => {
    const plain = weather('4');
    const other = weather('4', { last: '6.50001', history: 'Friday', id: '10' });
    expect(await differences(plain, other, 'hdf5')).toEqual([
      ':history(0): "Monday" | "Friday"',
      '/id(2): 9 | 10',
      '/t(1,2): 6.5 | 6.5000099999999996',
    ]);
    const told: Comparator = { hdf5: { relative: 1e-5, ignore: ['history', '/id'] } };
    expect(await differences(plain, other, told)).toEqual([]);
  });

  it('is unproved where nothing can read it', async () => {
    const [plain, other] = [weather('4'), weather('4', { last: '7' })];
    vi.stubEnv('PATH', '/nowhere');
    expect(await compare(plain, other, 'hdf5')).toMatchObject({
      verdict: 'unproved',
      why: expect.stringContaining('install hdf5-tools'),
    });
  });

  it('is unproved by the comparator of the classic formats', async () => {
    const [plain, other] = [weather('4'), weather('4', { last: '7' })];
    expect(await compare(plain, other, 'netcdf')).toMatchObject({ verdict: 'unproved' });
  });
});

describe('nifti', () => {
  it('is equal by its data and what the header says of it', async () => {
    const other = gzipSync(scan({ descrip: 'made on Monday' }));
    expect(await differences(scan(), other, 'nifti')).toEqual([]);
    expect(await differences(scan(), scan({ endian: 'big' }), 'nifti')).toEqual([]);
    expect(await differences(scan(), scan({ slope: 2 }), 'nifti')).toEqual(['header field scl_slope: 1 | 2']);
  });

  it('names the voxel that differs', async () => {
    const other = scan({ voxels: [1, 2, 3, 4.25, 5, 6] });
    expect(await differences(scan(), other, 'nifti')).toEqual(['voxel [1, 1]: 4 | 4.25']);
    expect(await differences(scan(), other, { nifti: { absolute: 0.3 } })).toEqual([]);
  });
});

describe('npy', () => {
  it.each<[Buffer, Buffer, Comparator, string[]]>([
    [array([1, 2, 3, 4]), array([1, 2, 3.5, 4]), 'npy', ['[1, 0]: 3 | 3.5']],
    [array([1, 2, 3, 4]), array([1, 2, 3.5, 4]), { npy: { absolute: 1 } }, []],
    [array([1, 2, 3, Number.NaN]), array([1, 2, 3, Number.NaN]), 'npy', []],
    [array([1, 2, 3, 4]), array([1, 2, 3, 4], '<i8'), 'npy', ['type: <f8 | <i8']],
    [
      array([1, 2, 3, 2 ** 53], '<i8'),
      array([1, 2, 3, 2 ** 53 + 2], '<i8'),
      'npy',
      ['[1, 1]: 9007199254740992 | 9007199254740994'],
    ],
    [
      array([0x3c00, 0, 1, 0x7c00], '<f2'),
      array([0x3c01, 0, 1, 0xfc00], '<f2'),
      'npy',
      ['[0, 0]: 1 | 1.0009765625', '[1, 1]: Infinity | -Infinity'],
    ],
  ])('tells arrays apart', async (one, other, comparator, differing) => {
    expect(await differences(one, other, comparator)).toEqual(differing);
  });
});
