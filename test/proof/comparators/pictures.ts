import { crc32, deflateSync } from 'node:zlib';

export type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

export interface PngOptions {
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced?: boolean;
  /** Of each row in turn. */
  readonly filters?: readonly number[];
  readonly text?: string;
}

const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Lays out a PNG by its specification; pixels are of 8 bits a channel, row by row. */
export function png(width: number, pixels: readonly Pixel[], options: PngOptions): Buffer {
  const { colour, depth, interlaced = false, text } = options;
  const height = pixels.length / width;
  const palette = [...new Map(pixels.map((pixel) => [pixel.join(), pixel])).values()];
  const samples = (pixel: Pixel) => samplesOf(pixel, palette, options);
  const rows: Buffer[] = [];
  for (const [left, top, right, down] of interlaced ? passes : ([[0, 0, 1, 1]] as const)) {
    let above: Buffer | undefined;
    for (let y = top; y < height && left < width; y += down) {
      const row: number[] = [];
      for (let x = left; x < width; x += right) row.push(...samples(pixels[y * width + x] as Pixel));
      const line = packed(row, depth);
      const filter = options.filters?.[rows.length % options.filters.length] ?? 0;
      const back = Math.max(1, (samples(pixels[0] as Pixel).length * depth) >> 3);
      rows.push(filtered(line, above ?? Buffer.alloc(line.length), filter, back));
      above = line;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(text === undefined ? [] : [chunk('tEXt', Buffer.from(`Comment\0${text}`))]),
    ...(colour === 3
      ? [
          chunk('PLTE', Buffer.from(palette.flatMap((each) => each.slice(0, 3)))),
          chunk('tRNS', Buffer.from(palette.map(([, , , alpha]) => alpha))),
        ]
      : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function samplesOf(pixel: Pixel, palette: readonly Pixel[], { colour, depth }: PngOptions): number[] {
  const [red, green, blue, alpha] = pixel.map((value) => (depth === 16 ? value * 257 : value >> (8 - depth)));
  if (colour === 3) return [palette.findIndex((each) => each.join() === pixel.join())];
  const colours = colour === 0 || colour === 4 ? [red ?? 0] : [red ?? 0, green ?? 0, blue ?? 0];
  return colour >= 4 ? [...colours, alpha ?? 0] : colours;
}

function packed(samples: readonly number[], depth: number): Buffer {
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, '0')).join('');
  return Buffer.from((bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

function filtered(line: Buffer, above: Buffer, filter: number, back: number): Buffer {
  const bytes = [...line].map((byte, at) => {
    const [left, up, corner] = [line[at - back] ?? 0, above[at] ?? 0, above[at - back] ?? 0];
    const paeth = [left, up, corner].toSorted(
      (one, other) => Math.abs(left + up - corner - one) - Math.abs(left + up - corner - other),
    )[0];
    return (byte - ([0, left, up, (left + up) >> 1, paeth ?? 0][filter] ?? 0)) & 0xff;
  });
  return Buffer.from([filter, ...bytes]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}
