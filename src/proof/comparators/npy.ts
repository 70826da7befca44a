import { comparator } from '../comparison/comparator.js';
import { compareNumbers, indexIn, type NumberKind, type NumericData, numberKinds } from '../formats/numeric-data.js';

interface Npy {
  readonly type: string;
  readonly shape: readonly number[];
  readonly isColumnFirst: boolean;
  readonly data: NumericData;
  /** A complex number is two. */
  readonly parts: 1 | 2;
}

const magic = '\x93NUMPY';

/** An array of NumPy. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export const npy = comparator({
  name: 'npy',
  allows: 'the numbers, within the tolerance',
  recognizes: (content) => content.toString('latin1', 0, magic.length) === magic,
  read: readNpy,
  compare(expected, found, tolerance, report) {
    for (const aspect of ['type', 'shape', 'isColumnFirst'] as const) {
      const [one, other] = [String(expected[aspect]), String(found[aspect])];
      if (one !== other) report.add(() => ({ at: aspect, expected: one, found: other }));
    }
    if (report.count > 0) return;
    const shape = expected.isColumnFirst ? expected.shape.toReversed() : expected.shape;
    const place = (at: number) => {
      const index = indexIn(shape, Math.floor(at / expected.parts));
      return expected.isColumnFirst ? `${index}, the last dimension first` : index;
    };
    compareNumbers(expected.data, found.data, tolerance, place, report);
  },
});

function readNpy(content: Buffer): Npy {
  if (content.toString('latin1', 0, magic.length) !== magic) throw new Error('it is no array of NumPy');
  const isFirstVersion = content.readUInt8(6) === 1;
  const start = isFirstVersion ? 10 : 12;
  const end = start + (isFirstVersion ? content.readUInt16LE(8) : content.readUInt32LE(8));
  const header = content.toString('latin1', start, end);
  const type = /'descr': '([^']*)'/.exec(header)?.[1];
  const dimensions = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (type === undefined || dimensions === undefined) throw new Error('its header is not one of plain numbers');
  const shape = dimensions.split(',').flatMap((each) => (each.trim() === '' ? [] : [Number(each)]));
  const { kind, parts, endian } = typeOf(type);
  const size = shape.reduce((product, each) => product * each, 1) * numberKinds[kind] * parts;
  if (!(content.length >= end + size)) throw new RangeError('its data is cut short');
  const bytes = content.subarray(end, end + size);
  return { type, shape, isColumnFirst: /'fortran_order': True/.test(header), parts, data: { bytes, kind, endian } };
}

function typeOf(type: string): { kind: NumberKind; parts: 1 | 2; endian: 'little' | 'big' } {
  const [, order, letter, size] = /^([<>|=])([a-z])(\d+)$/.exec(type) ?? [];
  const endian = order === '>' ? 'big' : 'little';
  const isComplex = letter === 'c';
  const kind = isComplex ? `f${Number(size) / 2}` : `${letter === 'b' ? 'u' : letter}${size}`;
  if (!Object.hasOwn(numberKinds, kind)) throw new Error(`its type is ${type}, and no plain number`);
  return { kind: kind as NumberKind, parts: isComplex ? 2 : 1, endian };
}
