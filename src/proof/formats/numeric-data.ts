import { type Differences, nothing } from '../comparison/differences.js';
import { isNear, type Tolerance } from '../comparison/tolerance.js';

/** The kinds of numbers that formats of data have: signed, unsigned and floating, by their bytes. */
export const numberKinds = {
  i1: 1,
  u1: 1,
  i2: 2,
  u2: 2,
  i4: 4,
  u4: 4,
  i8: 8,
  u8: 8,
  f2: 2,
  f4: 4,
  f8: 8,
} as const;

export type NumberKind = keyof typeof numberKinds;

/** Numbers one after another. */
export interface NumericData {
  readonly bytes: Buffer;
  readonly kind: NumberKind;
  readonly endian: 'little' | 'big';
}

/** Compares numbers one by one; `place` names the one at an index. */
export function compareNumbers(
  expected: NumericData,
  found: NumericData,
  tolerance: Tolerance,
  place: (index: number) => string,
  report: Differences,
): void {
  const isSameKind = expected.kind === found.kind && expected.endian === found.endian;
  if (isSameKind && expected.bytes.equals(found.bytes)) return;
  const before = reader(expected);
  const after = reader(found);
  const counts = [lengthOf(expected), lengthOf(found)] as const;
  for (let at = 0; at < Math.min(...counts); at++) {
    const [one, other] = [before(at), after(at)];
    if (isSame(one, other, tolerance)) continue;
    report.add(() => ({ at: place(at), expected: String(one), found: String(other) }));
  }
  if (counts[0] === counts[1]) return;
  const tell = (count: number) => (count === 0 ? nothing : `${count} numbers`);
  report.add(() => ({ at: 'the data', expected: tell(counts[0]), found: tell(counts[1]) }));
}

function lengthOf({ bytes, kind }: NumericData): number {
  return Math.floor(bytes.length / numberKinds[kind]);
}

/** Where an index is in an array of many dimensions whose last one changes fastest. */
export function indexIn(shape: readonly number[], index: number): string {
  const steps: number[] = [];
  for (let rest = index, at = shape.length - 1; at >= 0; at--) {
    const size = Math.max(shape[at] ?? 1, 1);
    steps.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${steps.join(', ')}]`;
}

function isSame(one: number | bigint, other: number | bigint, tolerance: Tolerance): boolean {
  if (typeof one === 'number' && typeof other === 'number') return isNear(one, other, tolerance);
  if (one === other) return true;
  const allows = (tolerance.absolute ?? 0) > 0 || (tolerance.relative ?? 0) > 0;
  return allows && isNear(Number(one), Number(other), tolerance);
}

function reader({ bytes, kind, endian }: NumericData): (index: number) => number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = endian === 'little';
  switch (kind) {
    case 'i1':
      return (at) => view.getInt8(at);
    case 'u1':
      return (at) => view.getUint8(at);
    case 'i2':
      return (at) => view.getInt16(at * 2, little);
    case 'u2':
      return (at) => view.getUint16(at * 2, little);
    case 'i4':
      return (at) => view.getInt32(at * 4, little);
    case 'u4':
      return (at) => view.getUint32(at * 4, little);
    case 'i8':
      return (at) => view.getBigInt64(at * 8, little);
    case 'u8':
      return (at) => view.getBigUint64(at * 8, little);
    case 'f2':
      return (at) => halfFloat(view.getUint16(at * 2, little));
    case 'f4':
      return (at) => view.getFloat32(at * 4, little);
    case 'f8':
      return (at) => view.getFloat64(at * 8, little);
  }
}

/** IEEE 754 binary16. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
