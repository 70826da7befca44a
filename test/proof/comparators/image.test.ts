import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../support/needs.js';
import { type Pixel, type PngOptions, png } from './pictures.js';
import { compare, differences, workshop } from './written.js';

const shop = workshop();

/** Grey, so that every kind of PNG can say it; black and white for one bit. */
const greys = (levels: number): Pixel[] =>
  Array.from({ length: 9 * 5 }, (_, at) => {
    const value = Math.round((((at * 7) % levels) * 255) / (levels - 1));
    return [value, value, value, 255];
  });
const plain: PngOptions = { colour: 6, depth: 8 };

describe('png', () => {
  it.each<[PngOptions, number]>([
    [{ colour: 0, depth: 1 }, 2],
    [{ colour: 0, depth: 2 }, 4],
    [{ colour: 0, depth: 4 }, 16],
    [{ colour: 0, depth: 8 }, 200],
    [{ colour: 0, depth: 16 }, 200],
    [{ colour: 2, depth: 8 }, 200],
    [{ colour: 2, depth: 16 }, 200],
    [{ colour: 3, depth: 1 }, 2],
    [{ colour: 3, depth: 4 }, 16],
    [{ colour: 3, depth: 8 }, 40],
    [{ colour: 4, depth: 8 }, 200],
    [{ colour: 4, depth: 16 }, 200],
    [{ colour: 6, depth: 16 }, 200],
    [{ colour: 6, depth: 8, filters: [0, 1, 2, 3, 4] }, 200],
    [{ colour: 2, depth: 16, filters: [4, 3, 2, 1] }, 200],
    [{ colour: 0, depth: 4, filters: [1, 2, 3, 4] }, 16],
    [{ colour: 6, depth: 8, interlaced: true }, 200],
    [{ colour: 3, depth: 2, interlaced: true, filters: [0, 4] }, 4],
    [{ colour: 6, depth: 8, text: 'made on Monday' }, 200],
  ])('is the same picture as %j', async (options, levels) => {
    const pixels = greys(levels);
    expect(await differences(png(9, pixels, plain), png(9, pixels, options), 'image')).toEqual([]);
    const changed = pixels.with(13, pixels[13]?.[0] === 0 ? [255, 255, 255, 255] : [0, 0, 0, 255]);
    const [difference = ''] = await differences(png(9, pixels, plain), png(9, changed, options), 'image');
    expect(difference).toMatch(/^pixel 4, 1 of 9 x 5: #\w{8} \| #\w{8}$/);
  });

  it('tells colours apart, as far as is allowed', async () => {
    const red = png(
      2,
      [
        [255, 0, 0, 255],
        [0, 0, 0, 0],
      ],
      plain,
    );
    const other = png(
      2,
      [
        [250, 0, 0, 255],
        [9, 9, 9, 0],
      ],
      plain,
    );
    expect(await differences(red, other, 'image')).toEqual(['pixel 0, 0 of 2 x 1: #ff0000ff | #fa0000ff']);
    expect(await differences(red, other, { image: { channel: 4 } })).toHaveLength(1);
    expect(await differences(red, other, { image: { channel: 5 } })).toEqual([]);
    expect(await differences(red, other, { image: { pixels: 1 } })).toEqual([]);
  });

  it('is not the same in another size', async () => {
    const pixels = greys(9);
    expect(await differences(png(9, pixels, plain), png(5, pixels, plain), 'image')).toEqual([
      'the size: 9 x 5 | 5 x 9',
    ]);
  });

  it('makes no room for a picture that says it is huge', async () => {
    const huge = png(1, [[0, 0, 0, 0]], plain);
    huge.writeUInt32BE(0x7fffffff, 16);
    huge.writeUInt32BE(0x7fffffff, 20);
    expect(await compare(huge, png(1, [[0, 0, 0, 0]], plain), 'image')).toMatchObject({
      verdict: 'unproved',
      why: expect.stringContaining('MiB'),
    });
  });
});

describe("R's own pictures", () => {
  beforeEach(needs({ programs: ['R'] }));

  const drawn = (device: string, colour: string) => {
    shop.run([
      'Rscript',
      '--vanilla',
      '-e',
      `${device}; par(mar=c(0,0,0,0)); plot.new(); rect(-1,-1,2,2,col="${colour}",border=NA); invisible(dev.off())`,
    ]);
    return shop.read('plot');
  };

  it('are read with their colours', async () => {
    const device = (more = '') => `png("plot", width=20, height=10, type="cairo"${more})`;
    const red = drawn(device(), '#ff0000');
    const [first] = await differences(red, drawn(device(), '#ff0100'), 'image');
    expect(first).toBe('pixel 0, 0 of 20 x 10: #ff0000ff | #ff0100ff');
    expect(await differences(red, drawn(device(', res=300'), '#ff0000'), 'image')).toEqual([]);
  });

  it('are compared as they are coded where they are JPEG, without comments', async () => {
    const device = 'jpeg("plot", width=20, height=10, type="cairo")';
    const red = drawn(device, '#ff0000');
    const comment = Buffer.from('\xff\xfe\x00\x08Monday', 'latin1');
    const commented = Buffer.concat([red.subarray(0, 2), comment, red.subarray(2)]);
    expect(await differences(red, commented, 'image')).toEqual([]);
    const blue = drawn(device, '#0000ff');
    expect((await compare(red, blue, 'image')).verdict).toBe('different');
    expect((await compare(red, blue, { image: { channel: 255 } })).verdict).toBe('unproved');
  });
});
