/** Tables, frame and scans of a JPEG without what is said about it: Exif, comments, previews. */
export function codedPicture(content: Buffer): Buffer[] {
  if (!isJpeg(content)) throw new Error('it is no JPEG');
  const parts: Buffer[] = [];
  for (let at = 2; ; ) {
    if (content[at] !== 0xff) throw new Error(`there is no segment at byte ${at + 1}`);
    const marker = content.readUInt8(at + 1);
    if (marker === endOfImage) return [...parts, content.subarray(at)];
    const end = at + 2 + content.readUInt16BE(at + 2);
    // The scan's data goes on to the next marker that is none of a restart and no escaped 0xff.
    const next = marker === startOfScan ? nextMarker(content, end) : end;
    if (next > content.length) throw new RangeError('a segment is cut short');
    if (!isAbout(marker)) parts.push(content.subarray(at, next));
    at = next;
  }
}

export function isJpeg(content: Buffer): boolean {
  return content[0] === 0xff && content[1] === 0xd8 && content[2] === 0xff;
}

const endOfImage = 0xd9;
const startOfScan = 0xda;
const comment = 0xfe;

/** Of the application segments only Adobe's says how colours are coded. ITU-T T.81, B.2.4.6 */
function isAbout(marker: number): boolean {
  return marker === comment || (marker >= 0xe0 && marker <= 0xef && marker !== 0xee);
}

function nextMarker(content: Buffer, from: number): number {
  for (let at = content.indexOf(0xff, from); at >= 0; at = content.indexOf(0xff, at + 1)) {
    const next = content[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw new RangeError('its end is missing');
}
