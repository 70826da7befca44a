import { type Budget, CannotTell } from '../../comparison/comparator.js';
import { inflate } from '../gzip.js';
import { type PdfDictionary, PdfName, PdfReader, PdfReference, PdfStream, type PdfValue } from './syntax.js';

/** The objects of a PDF and what it begins with. */
export interface PdfDocument {
  readonly root: PdfValue;
  readonly information: PdfValue;
  /** What a reference leads to. */
  resolve(value: PdfValue): PdfValue;
  /** What is in a stream, and what it is still coded with. */
  decode(stream: PdfStream): { readonly data: Buffer; readonly coding: readonly PdfValue[] };
}

/**
 * Reads the objects from a file's begin to its end; of those that were written anew the last one counts, and no table of
 * where they lie is needed.
 */
export function readPdf(content: Buffer, budget: Budget): PdfDocument {
  if (content.subarray(0, 1024).indexOf('%PDF-') < 0) throw new Error('it is no PDF');
  const objects = new Map<number, PdfValue>();
  let trailer: PdfDictionary = new Map();
  const resolve = (value: PdfValue) => follow(value, objects);
  const decode = (stream: PdfStream) => decodeStream(stream, resolve, budget);
  for (const { number, value } of objectsIn(content)) {
    if (number !== undefined) objects.set(number, value);
    if (value instanceof PdfStream && isOfType(value.dictionary, 'ObjStm')) {
      for (const [inner, each] of packedObjects(value, resolve, decode)) objects.set(inner, each);
    }
    const dictionary = value instanceof PdfStream ? value.dictionary : value;
    const isTrailer = number === undefined || (value instanceof PdfStream && isOfType(value.dictionary, 'XRef'));
    if (isTrailer && dictionary instanceof Map && dictionary.has('Root')) trailer = dictionary;
  }
  if (trailer.has('Encrypt')) throw new CannotTell('it is encrypted');
  const root = trailer.get('Root');
  if (root === undefined || !(resolve(root) instanceof Map)) throw new Error('it has no root');
  return { root, information: trailer.get('Info') ?? null, resolve, decode };
}

interface Found {
  /** Absent of a trailer. */
  readonly number?: number;
  readonly value: PdfValue;
}

function* objectsIn(content: Buffer): Generator<Found, void> {
  const source = content.toString('latin1');
  const begin = /(?<!\d)(\d{1,10})[\0\t\n\f\r ]{1,9}\d{1,5}[\0\t\n\f\r ]{1,9}obj\b|\btrailer\b/g;
  for (let match = begin.exec(source); match !== null; match = begin.exec(source)) {
    const reader = new PdfReader(source, begin.lastIndex);
    const value = reader.value();
    const stream = value instanceof Map ? streamBehind(reader, source, content, value) : undefined;
    begin.lastIndex = reader.at;
    const number = match[1] === undefined ? {} : { number: Number(match[1]) };
    yield { ...number, value: stream ?? value };
  }
}

function streamBehind(
  reader: PdfReader,
  source: string,
  content: Buffer,
  dictionary: PdfDictionary,
): PdfStream | undefined {
  reader.skipSpace();
  if (!reader.takes('stream')) return undefined;
  if (!reader.takes('\r\n')) reader.takes('\n');
  const start = reader.at;
  const length = dictionary.get('Length');
  const isHonest =
    typeof length === 'number' && /^\s*endstream/.test(source.slice(start + length, start + length + 20));
  const end = isHonest ? start + length : endOfStream(source, start);
  reader.at = end;
  return new PdfStream(dictionary, content.subarray(start, end));
}

/** Where the length stands elsewhere, or is wrong: the end of line before the word is not of the data. */
function endOfStream(source: string, start: number): number {
  const end = /\r?\n?endstream\s{1,9}endobj/g;
  end.lastIndex = start;
  const match = end.exec(source);
  if (match === null) throw new RangeError('a stream has no end');
  return match.index;
}

function isOfType(dictionary: PdfDictionary, name: string): boolean {
  const type = dictionary.get('Type');
  return type instanceof PdfName && type.name === name;
}

function* packedObjects(
  stream: PdfStream,
  resolve: PdfDocument['resolve'],
  decode: PdfDocument['decode'],
): Generator<readonly [number, PdfValue], void> {
  const count = resolve(stream.dictionary.get('N') ?? null);
  const first = resolve(stream.dictionary.get('First') ?? null);
  const { data, coding } = decode(stream);
  if (coding.length > 0) throw new CannotTell('it has objects in a coding that is not read');
  if (typeof count !== 'number' || typeof first !== 'number') throw new Error('a stream of objects is damaged');
  const source = data.toString('latin1');
  const header = new PdfReader(source);
  for (let at = 0; at < count; at++) {
    const [number, offset] = [header.value(), header.value()];
    if (typeof number !== 'number' || typeof offset !== 'number') throw new Error('a stream of objects is damaged');
    yield [number, new PdfReader(source, first + offset).value()];
  }
}

function follow(value: PdfValue, objects: ReadonlyMap<number, PdfValue>): PdfValue {
  let found = value;
  for (let steps = 0; found instanceof PdfReference; steps++) {
    if (steps > 20) throw new Error('references lead in a circle');
    found = objects.get(found.object) ?? null;
  }
  return found;
}

/** Takes back what Flate did; pictures stay as they are coded. */
function decodeStream({ dictionary, data }: PdfStream, resolve: PdfDocument['resolve'], budget: Budget) {
  const filters = listOf(resolve(dictionary.get('Filter') ?? null)).map(resolve);
  const settings = listOf(resolve(dictionary.get('DecodeParms') ?? null)).map(resolve);
  let decoded = data;
  let done = 0;
  for (; done < filters.length; done++) {
    const filter = filters[done];
    const setting = settings[done];
    const isPlain = !(setting instanceof Map) || (resolve(setting.get('Predictor') ?? 1) as number) === 1;
    if (!(filter instanceof PdfName) || filter.name !== 'FlateDecode' || !isPlain) break;
    decoded = inflate(decoded, budget);
  }
  return { data: decoded, coding: [...filters.slice(done), ...settings.slice(done)] };
}

function listOf(value: PdfValue): readonly PdfValue[] {
  if (value === null) return [];
  return Array.isArray(value) ? value : [value];
}
