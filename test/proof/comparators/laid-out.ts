import { deflateSync } from 'node:zlib';

interface Scan {
  readonly voxels?: readonly number[];
  readonly descrip?: string;
  readonly slope?: number;
  readonly endian?: 'little' | 'big';
}

/** A NIfTI-1 image of 2 x 3 numbers, laid out by its header file. */
export function scan({ voxels = [1, 2, 3, 4, 5, 6], descrip = '', slope = 1, endian = 'little' }: Scan = {}): Buffer {
  const file = Buffer.alloc(352 + voxels.length * 4);
  const view = new DataView(file.buffer, file.byteOffset);
  const little = endian === 'little';
  view.setInt32(0, 348, little);
  for (const [at, size] of [2, 2, 3].entries()) view.setInt16(40 + at * 2, size, little);
  view.setInt16(70, 16, little);
  view.setInt16(72, 32, little);
  view.setFloat32(108, 352, little);
  view.setFloat32(112, slope, little);
  file.write(descrip, 148);
  file.write('n+1\0', 344);
  for (const [at, voxel] of voxels.entries()) view.setFloat32(352 + at * 4, voxel, little);
  return file;
}

/** An array of 2 x 2 as NumPy's format description lays it out. */
export function array(values: readonly number[], type = '<f8', order = 'False'): Buffer {
  const header = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (2, 2), }`.padEnd(117).concat('\n');
  const size = Number(type.slice(2));
  const data = Buffer.alloc(values.length * size);
  for (const [at, value] of values.entries()) {
    if (type === '<f8') data.writeDoubleLE(value, at * size);
    else if (type === '<f2') data.writeUInt16LE(value, at * size);
    else data.writeBigInt64LE(BigInt(value), at * size);
  }
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), data]);
}

/** A document of one page, in the order and with the numbers that are asked for. */
export function document(content: string, { first = 1, date = 'D:2001', packed = false, more = '' } = {}): Buffer {
  const at = (index: number) => first + index;
  const data = packed ? deflateSync(content) : Buffer.from(content);
  const objects = [
    `<< /Type /Catalog /Pages ${at(1)} 0 R ${more}>>`,
    `<< /Type /Pages /Kids [${at(2)} 0 R] /Count 1 >>`,
    `<< /Type /Page /Parent ${at(1)} 0 R /MediaBox [0 0 100.0 100] /Contents ${at(3)} 0 R >>`,
    `<< /Length ${data.length}${packed ? ' /Filter /FlateDecode' : ''} >>\nstream\n${data.toString('latin1')}\nendstream`,
    `<< /CreationDate (${date}) /Title (A \\(title\\)) /Producer (${date}) >>`,
  ].map((object, index) => `${at(index)} 0 obj\n${object}\nendobj\n`);
  const body = (packed ? objects.toReversed() : objects).join('');
  const trailer = `trailer\n<< /Root ${at(0)} 0 R /Info ${at(4)} 0 R /ID [<${first}0> <00>] >>\n%%EOF\n`;
  return Buffer.from(`%PDF-1.4\n${body}${trailer}`, 'latin1');
}
