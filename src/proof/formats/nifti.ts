import { type Budget, CannotTell } from '../comparison/comparator.js';
import { gunzip, isGzip } from './gzip.js';
import { type NumberKind, type NumericData, numberKinds } from './numeric-data.js';

/** An image of NIfTI, with the fields of its header by name. */
export interface Nifti {
  readonly fields: ReadonlyMap<string, string>;
  readonly extensions: Buffer;
  readonly shape: readonly number[];
  /** A complex or coloured voxel is several. */
  readonly parts: number;
  readonly data: NumericData;
}

type FieldType = 'i1' | 'i2' | 'i4' | 'i8' | 'f4' | 'f8' | 'text';
type Field = readonly [name: string, type: FieldType, offset: number, count?: number];

/** What says something of the data: no descrip, aux_file and db_name. https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h */
const firstVersion: readonly Field[] = [
  ['dim_info', 'i1', 39],
  ['dim', 'i2', 40, 8],
  ['intent_p', 'f4', 56, 3],
  ['intent_code', 'i2', 68],
  ['datatype', 'i2', 70],
  ['bitpix', 'i2', 72],
  ['slice_start', 'i2', 74],
  ['pixdim', 'f4', 76, 8],
  ['scl_slope', 'f4', 112],
  ['scl_inter', 'f4', 116],
  ['slice_end', 'i2', 120],
  ['slice_code', 'i1', 122],
  ['xyzt_units', 'i1', 123],
  ['cal_max', 'f4', 124],
  ['cal_min', 'f4', 128],
  ['slice_duration', 'f4', 132],
  ['toffset', 'f4', 136],
  ['qform_code', 'i2', 252],
  ['sform_code', 'i2', 254],
  ['quatern', 'f4', 256, 3],
  ['qoffset', 'f4', 268, 3],
  ['srow', 'f4', 280, 12],
  ['intent_name', 'text', 328, 16],
];

/** https://nifti.nimh.nih.gov/pub/dist/doc/nifti2.h */
const secondVersion: readonly Field[] = [
  ['datatype', 'i2', 12],
  ['bitpix', 'i2', 14],
  ['dim', 'i8', 16, 8],
  ['intent_p', 'f8', 80, 3],
  ['pixdim', 'f8', 104, 8],
  ['scl_slope', 'f8', 176],
  ['scl_inter', 'f8', 184],
  ['cal_max', 'f8', 192],
  ['cal_min', 'f8', 200],
  ['slice_duration', 'f8', 208],
  ['toffset', 'f8', 216],
  ['slice_start', 'i8', 224],
  ['slice_end', 'i8', 232],
  ['qform_code', 'i4', 344],
  ['sform_code', 'i4', 348],
  ['quatern', 'f8', 352, 3],
  ['qoffset', 'f8', 376, 3],
  ['srow', 'f8', 400, 12],
  ['slice_code', 'i4', 496],
  ['xyzt_units', 'i4', 500],
  ['intent_code', 'i4', 504],
  ['intent_name', 'text', 508, 16],
  ['dim_info', 'i1', 524],
];

/** The numbers of a voxel by its type; others are not read. */
const voxels: Readonly<Record<number, readonly [NumberKind, number]>> = {
  2: ['u1', 1],
  4: ['i2', 1],
  8: ['i4', 1],
  16: ['f4', 1],
  32: ['f4', 2],
  64: ['f8', 1],
  128: ['u1', 3],
  256: ['i1', 1],
  512: ['u2', 1],
  768: ['u4', 1],
  1024: ['i8', 1],
  1280: ['u8', 1],
  1792: ['f8', 2],
  2304: ['u1', 4],
};

/** The version and the order of bytes, by the size of the header, which is its first field. */
export function niftiVersion(content: Buffer): readonly [1 | 2, 'little' | 'big'] | undefined {
  if (content.length < 348) return undefined;
  const isNamed = (at: number, name: string) => content.toString('latin1', at, at + name.length) === name;
  for (const endian of ['little', 'big'] as const) {
    const size = endian === 'little' ? content.readInt32LE(0) : content.readInt32BE(0);
    if (size === 348 && isNamed(344, 'n+1\0')) return [1, endian];
    if (size === 540 && isNamed(4, 'n+2\0')) return [2, endian];
  }
  return undefined;
}

/** Reads a single file of NIfTI-1 or NIfTI-2, compressed or not. */
export function readNifti(packed: Buffer, budget: Budget): Nifti {
  const content = isGzip(packed) ? gunzip(packed, budget) : packed;
  const [version, endian] = niftiVersion(content) ?? [];
  if (version === undefined || endian === undefined) throw new Error('it is no single file of NIfTI');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const little = endian === 'little';
  const fields = version === 1 ? firstVersion : secondVersion;
  const shown = fields.map((field) => [field[0], showField(content, view, little, field)] as const);
  const [rank = 0, ...sizes] = (shown.find(([name]) => name === 'dim')?.[1] ?? '').split(' ').map(Number);
  if (!(rank >= 1 && rank <= 7)) throw new Error(`it has ${rank} dimensions`);
  const shape = sizes.slice(0, rank);
  const type = view.getInt16(version === 1 ? 70 : 12, little);
  const [kind, parts] = voxels[type] ?? [];
  if (kind === undefined || parts === undefined)
    throw new CannotTell(`its voxels have a type that is not read (${type})`);
  const begin = version === 1 ? view.getFloat32(108, little) : Number(view.getBigInt64(168, little));
  const size = shape.reduce((product, each) => product * each, 1) * numberKinds[kind] * parts;
  const headerSize = version === 1 ? 348 : 540;
  if (!(begin >= headerSize && size >= 0 && begin + size <= content.length))
    throw new RangeError('its data is cut short');
  return {
    fields: new Map(shown),
    extensions: content.subarray(headerSize, begin),
    shape,
    parts,
    data: { bytes: content.subarray(begin, begin + size), kind, endian },
  };
}

function showField(content: Buffer, view: DataView, little: boolean, [, type, offset, count = 1]: Field): string {
  // In quotes, so that no part of it is taken for a number.
  if (type === 'text') return JSON.stringify(content.toString('latin1', offset, offset + count).replace(/\0.*$/s, ''));
  return Array.from({ length: count }, (_, at) => String(numberAt(view, type, offset, at, little))).join(' ');
}

function numberAt(view: DataView, type: Exclude<FieldType, 'text'>, offset: number, at: number, little: boolean) {
  const place = offset + at * numberKinds[type];
  if (type === 'i1') return view.getInt8(place);
  if (type === 'i2') return view.getInt16(place, little);
  if (type === 'i4') return view.getInt32(place, little);
  if (type === 'i8') return view.getBigInt64(place, little);
  return type === 'f4' ? view.getFloat32(place, little) : view.getFloat64(place, little);
}
