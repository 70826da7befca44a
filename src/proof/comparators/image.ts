import { CannotTell, comparator } from '../comparison/comparator.js';
import { type Differences, nothing } from '../comparison/differences.js';
import { codedPicture, isJpeg } from '../formats/jpeg.js';
import { type Picture, pngMagic, readPng } from '../formats/png.js';

type Image = { readonly picture: Picture } | { readonly coded: readonly Buffer[] };

/** Pictures: PNG by its pixels; JPEG by its coded data, as how it is decoded is not the same everywhere. */
export const image = comparator({
  name: 'image',
  allows: 'compression, times, texts and colour profiles, and the colours of what cannot be seen through it',
  recognizes: (content) => isPng(content) || isJpeg(content),
  read: (content, _parameters, { budget }): Image => {
    if (isJpeg(content)) return { coded: codedPicture(content) };
    if (isPng(content)) return { picture: readPng(content, budget) };
    throw new CannotTell('only PNG and JPEG are read as images');
  },
  compare(expected, found, tolerance, report) {
    if ('coded' in expected && 'coded' in found) compareCoded(expected.coded, found.coded, tolerance, report);
    else if ('picture' in expected && 'picture' in found) {
      comparePictures(expected.picture, found.picture, tolerance, report);
    } else report.add(() => ({ at: 'the whole', expected: kindOf(expected), found: kindOf(found) }));
  },
});

interface Tolerance {
  readonly channel?: number | undefined;
  readonly pixels?: number | undefined;
}

function comparePictures(expected: Picture, found: Picture, tolerance: Tolerance, report: Differences): void {
  const { width, height } = expected;
  if (width !== found.width || height !== found.height) {
    const size = (of: Picture) => `${of.width} x ${of.height}`;
    report.add(() => ({ at: 'the size', expected: size(expected), found: size(found) }));
    return;
  }
  const limit = (tolerance.channel ?? 0) * 257;
  const differing: number[] = [];
  let count = 0;
  for (let at = 0; at < expected.channels.length; at += 4) {
    if (isNear(expected.channels, found.channels, at, limit)) continue;
    count++;
    if (differing.length < 5) differing.push(at);
  }
  if (count <= (tolerance.pixels ?? 0)) return;
  const first = differing.map((at) => ({
    at: `pixel ${(at / 4) % width}, ${Math.floor(at / 4 / width)} of ${width} x ${height}`,
    expected: colourAt(expected.channels, at),
    found: colourAt(found.channels, at),
  }));
  report.addAll(first, count);
}

function isNear(expected: Uint16Array, found: Uint16Array, at: number, limit: number): boolean {
  if (expected[at + 3] === 0 && found[at + 3] === 0) return true;
  for (let each = at; each < at + 4; each++) {
    if (Math.abs((expected[each] ?? 0) - (found[each] ?? 0)) > limit) return false;
  }
  return true;
}

/** As people write colours; in 16 bits only where these say more. */
function colourAt(channels: Uint16Array, at: number): string {
  const values = [...channels.subarray(at, at + 4)];
  const isByte = values.every((value) => value % 257 === 0);
  return `#${values.map((value) => (isByte ? value / 257 : value).toString(16).padStart(isByte ? 2 : 4, '0')).join('')}`;
}

function compareCoded(
  expected: readonly Buffer[],
  found: readonly Buffer[],
  tolerance: Tolerance,
  report: Differences,
): void {
  const at = expected.findIndex((part, index) => !found[index]?.equals(part));
  if (at < 0 && expected.length === found.length) return;
  if (tolerance.channel || tolerance.pixels)
    throw new CannotTell('a JPEG is not decoded, so nothing is known of its pixels');
  const tell = (part: Buffer | undefined) => (part === undefined ? nothing : `${part.length} bytes`);
  const index = at < 0 ? expected.length : at;
  report.add(() => ({ at: `segment ${index + 1}`, expected: tell(expected[index]), found: tell(found[index]) }));
}

function isPng(content: Buffer): boolean {
  return content.toString('latin1', 0, 8) === pngMagic;
}

function kindOf(image: Image): string {
  return 'coded' in image ? 'JPEG' : 'PNG';
}
