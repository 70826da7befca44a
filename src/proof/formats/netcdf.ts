import { isUtf8 } from 'node:buffer';
import { type Budget, CannotTell } from '../comparison/comparator.js';
import { type NumberKind, type NumericData, numberKinds } from './numeric-data.js';

/** A classic netCDF file as its CDL says it. */
export interface NetCdf {
  readonly dimensions: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, NetCdfValues>;
  readonly variables: ReadonlyMap<string, NetCdfVariable>;
}

/** Text, or numbers. */
export type NetCdfValues = { readonly text: Buffer } | NumericData;

export interface NetCdfVariable {
  readonly dimensions: readonly string[];
  readonly shape: readonly number[];
  readonly attributes: ReadonlyMap<string, NetCdfValues>;
  values(budget: Budget): NetCdfValues;
}

/** By the number that the format has for a type; 2 is text. */
const kinds: readonly (NumberKind | 'text' | undefined)[] = [
  undefined,
  'i1',
  'text',
  'i2',
  'i4',
  'f4',
  'f8',
  'u1',
  'u2',
  'u4',
  'i8',
  'u8',
];

/** What the dimension of records is as the length of a dimension. */
const unlimited = 0;

export function isClassicNetCdf(content: Buffer): boolean {
  return content.toString('latin1', 0, 3) === 'CDF' && [1, 2, 5].includes(content[3] ?? 0);
}

/** Reads CDF-1, CDF-2 and CDF-5. https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html */
export function readNetCdf(content: Buffer): NetCdf {
  const reader = new Reader(content);
  const records = reader.recordCount();
  const dimensions = reader.list(0x0a, () => ({ name: reader.name(), length: reader.count() }));
  const attributes = reader.attributes();
  const lengths = dimensions.map(({ length }) => length);
  const declared = reader.list(0x0b, () => reader.variable());
  const layouts = declared.map((variable) => layoutOf(variable, lengths, records));
  const recordSize = sizeOfRecord(layouts);
  const variables = declared.map((variable, at) => {
    const layout = layouts[at];
    if (layout === undefined) throw new RangeError('a variable has no layout');
    const named = {
      dimensions: variable.dimensions.map((id) => dimensions[id]?.name ?? '?'),
      shape: layout.shape,
      attributes: variable.attributes,
      values: (budget: Budget) => valuesOf(variable.type, dataOf(content, variable.begin, layout, recordSize, budget)),
    };
    return [variable.name, named] as const;
  });
  return {
    dimensions: new Map(
      dimensions.map(({ name, length }) => [name, length === unlimited ? `unlimited, now ${records}` : String(length)]),
    ),
    attributes,
    variables: new Map(variables),
  };
}

interface Declared {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly attributes: ReadonlyMap<string, NetCdfValues>;
  readonly type: number;
  readonly begin: number;
}

interface Layout {
  readonly shape: readonly number[];
  /** Bytes of one record, or of all where the variable has none. */
  readonly size: number;
  readonly records: number | undefined;
}

function layoutOf({ dimensions, type }: Declared, lengths: readonly number[], records: number): Layout {
  const shape = dimensions.map((id) => {
    const length = lengths[id];
    if (length === undefined) throw new Error('a variable has a dimension that is none');
    return length;
  });
  const hasRecords = shape[0] === unlimited;
  const ofOne = hasRecords ? shape.slice(1) : shape;
  const size = ofOne.reduce((product, each) => product * each, widthOf(type));
  return { shape: hasRecords ? [records, ...ofOne] : shape, size, records: hasRecords ? records : undefined };
}

/** A single variable of records is not padded. */
function sizeOfRecord(layouts: readonly Layout[]): number {
  const sizes = layouts.filter(({ records }) => records !== undefined).map(({ size }) => size);
  return sizes.length === 1 ? (sizes[0] ?? 0) : sizes.reduce((sum, size) => sum + padded(size), 0);
}

function dataOf(content: Buffer, begin: number, layout: Layout, recordSize: number, budget: Budget): Buffer {
  const { size, records } = layout;
  if (records === undefined) return part(content, begin, size);
  budget.take(records * size);
  const slices: Buffer[] = [];
  for (let at = 0; at < records && size > 0; at++) slices.push(part(content, begin + at * recordSize, size));
  return Buffer.concat(slices);
}

function part(content: Buffer, begin: number, size: number): Buffer {
  if (!(begin + size <= content.length)) throw new RangeError('its data is cut short');
  return content.subarray(begin, begin + size);
}

function valuesOf(type: number, bytes: Buffer): NetCdfValues {
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`it has values of an unknown type (${type})`);
  return kind === 'text' ? { text: bytes } : { bytes, kind, endian: 'big' };
}

function widthOf(type: number): number {
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`it has values of an unknown type (${type})`);
  return kind === 'text' ? 1 : numberKinds[kind];
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

class Reader {
  #at = 4;
  readonly #version: number;

  constructor(private readonly content: Buffer) {
    if (!isClassicNetCdf(content)) throw new Error('it is no netCDF file');
    this.#version = content.readUInt8(3);
  }

  recordCount(): number {
    const isStreaming = this.content.readUInt32BE(this.#at) === 0xffffffff;
    if (isStreaming) throw new CannotTell('it does not say how many records it has');
    return this.count();
  }

  count(): number {
    if (this.#version < 5) return this.#word();
    return this.#long();
  }

  name(): string {
    const bytes = this.#padded(this.count());
    if (!isUtf8(bytes)) throw new Error('a name of it is not in UTF-8');
    return bytes.toString('utf8');
  }

  list<Item>(tag: number, read: () => Item): Item[] {
    const found = this.#word();
    const length = this.count();
    if (found !== tag && (found !== 0 || length !== 0)) throw new Error('its header is damaged');
    const items: Item[] = [];
    // A wrong length ends at the content's end: each item takes some bytes of it.
    for (let at = 0; at < length; at++) items.push(read());
    return items;
  }

  attributes(): Map<string, NetCdfValues> {
    return new Map(
      this.list(0x0c, () => {
        const name = this.name();
        const type = this.#word();
        const length = this.count();
        return [name, valuesOf(type, this.#padded(length * widthOf(type)))] as const;
      }),
    );
  }

  variable(): Declared {
    const name = this.name();
    const rank = this.count();
    const dimensions: number[] = [];
    for (let at = 0; at < rank; at++) dimensions.push(this.count());
    const attributes = this.attributes();
    const type = this.#word();
    // Its size is not reliable where it is large, and follows from the shape.
    this.count();
    const begin = this.#version === 1 ? this.#word() : this.#long();
    return { name, dimensions, attributes, type, begin };
  }

  #word(): number {
    this.#at += 4;
    return this.content.readUInt32BE(this.#at - 4);
  }

  #long(): number {
    this.#at += 8;
    return Number(this.content.readBigUInt64BE(this.#at - 8));
  }

  #padded(size: number): Buffer {
    const bytes = part(this.content, this.#at, size);
    this.#at += padded(size);
    return bytes;
  }
}
