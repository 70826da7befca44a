import { type Budget, CannotTell } from '../comparison/comparator.js';
import { inflate } from './gzip.js';

/** A picture as four channels of 16 bits for each pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: Uint16Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly isInterlaced: boolean;
}

interface Samples extends Header {
  readonly palette: Buffer | undefined;
  readonly transparency: Buffer | undefined;
}

export const pngMagic = '\x89PNG\r\n\x1a\n';

/** How many samples a pixel has, by the type of its colour. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
/** Adam7: the first column and row of each pass, and the steps to the next ones. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Reads a picture of any depth, colour type and interlacing. https://www.w3.org/TR/png-3/ */
export function readPng(content: Buffer, budget: Budget): Picture {
  const chunks = [...chunksOf(content)];
  const header = headerIn(chunks[0]);
  const part = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const samples = { ...header, palette: part('PLTE'), transparency: part('tRNS') };
  if (part('acTL') !== undefined) throw new CannotTell('it is an animated PNG');
  if (!chunks.some(({ type }) => type === 'IEND')) throw new RangeError('it ends before its last chunk');
  budget.take(header.width * header.height * 8);
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const channels = new Uint16Array(header.width * header.height * 4);
  let rest = inflate(packed, budget);
  const wanted = header.isInterlaced ? passes : ([[0, 0, 1, 1]] as const);
  for (const [left, top, right, down] of wanted) {
    const columns = Math.ceil((header.width - left) / right);
    const rows = Math.ceil((header.height - top) / down);
    if (columns <= 0 || rows <= 0) continue;
    const size = unfilter(rest, header, columns, rows);
    for (let row = 0; row < rows; row++) {
      const line = rest.subarray(row * (size + 1) + 1, (row + 1) * (size + 1));
      for (let column = 0; column < columns; column++) {
        const at = ((top + row * down) * header.width + left + column * right) * 4;
        setPixel(channels, at, line, column, samples);
      }
    }
    rest = rest.subarray(rows * (size + 1));
  }
  return { width: header.width, height: header.height, channels };
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function* chunksOf(content: Buffer): Generator<Chunk, void> {
  if (content.toString('latin1', 0, 8) !== pngMagic) throw new Error('it is no PNG');
  for (let at = 8; at + 8 <= content.length; ) {
    const size = content.readUInt32BE(at);
    const end = at + 12 + size;
    if (end > content.length) throw new RangeError('a chunk is cut short');
    yield { type: content.toString('latin1', at + 4, at + 8), data: content.subarray(at + 8, at + 8 + size) };
    at = end;
  }
}

function headerIn(chunk: Chunk | undefined): Header {
  if (chunk?.type !== 'IHDR') throw new Error('it does not begin with a header');
  const { data } = chunk;
  const [depth, colour] = [data.readUInt8(8), data.readUInt8(9)];
  if (!depthsOf[colour]?.includes(depth)) throw new Error(`it has no possible colours (${colour}, ${depth} bits)`);
  return {
    width: data.readUInt32BE(0),
    height: data.readUInt32BE(4),
    depth,
    colour,
    isInterlaced: data.readUInt8(12) === 1,
  };
}

/** Takes the filters of rows back in place; the bytes that a row has. */
function unfilter(bytes: Buffer, { depth, colour }: Header, columns: number, rows: number): number {
  const bits = depth * (samplesOf[colour] ?? 1);
  const size = Math.ceil((columns * bits) / 8);
  const back = Math.max(1, bits >> 3);
  if (bytes.length < rows * (size + 1)) throw new RangeError('its rows are cut short');
  for (let row = 0; row < rows; row++) {
    const start = row * (size + 1) + 1;
    const filter = bytes[start - 1] ?? 0;
    if (filter > 4) throw new Error(`row ${row + 1} has an unknown filter`);
    for (let at = 0; filter > 0 && at < size; at++) {
      const left = at < back ? 0 : (bytes[start + at - back] ?? 0);
      const up = row === 0 ? 0 : (bytes[start + at - size - 1] ?? 0);
      const corner = row === 0 || at < back ? 0 : (bytes[start + at - size - 1 - back] ?? 0);
      bytes[start + at] = (bytes[start + at] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return size;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const [byLeft, byUp, byCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

function setPixel(channels: Uint16Array, at: number, line: Buffer, column: number, samples: Samples): void {
  const { depth, colour, palette, transparency } = samples;
  const count = samplesOf[colour] ?? 1;
  const raw = (index: number) => sampleAt(line, column * count + index, depth);
  const scale = 65535 / (2 ** depth - 1);
  if (colour === 3) {
    const index = raw(0);
    if (palette === undefined || index * 3 + 2 >= palette.length) throw new Error('its palette lacks a colour');
    for (let each = 0; each < 3; each++) channels[at + each] = (palette[index * 3 + each] ?? 0) * 257;
    channels[at + 3] = (transparency?.[index] ?? 255) * 257;
    return;
  }
  const isGrey = colour === 0 || colour === 4;
  for (let each = 0; each < 3; each++) channels[at + each] = raw(isGrey ? 0 : each) * scale;
  const isClear = () =>
    transparency !== undefined &&
    Array.from({ length: count }, (_, each) => raw(each) === transparency.readUInt16BE(each * 2)).every(Boolean);
  channels[at + 3] = colour >= 4 ? raw(count - 1) * scale : isClear() ? 0 : 65535;
}

function sampleAt(line: Buffer, index: number, depth: number): number {
  if (depth === 16) return line.readUInt16BE(index * 2);
  if (depth === 8) return line[index] ?? 0;
  const bit = index * depth;
  return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}
