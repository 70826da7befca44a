/** Armor is base64 between lines, with fields before it and maybe a checksum after it. RFC 9580 §6.2 */
const armored =
  /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\n]+:[^\n]*\n)*\s*\n([A-Za-z0-9+/=\s]+)-----END PGP PUBLIC KEY BLOCK-----/g;

/** The packets of a keyring: those within its armor, or the keyring itself. */
export function packetsOf(keyring: Buffer): Buffer {
  const blocks = [...keyring.toString('latin1').matchAll(armored)];
  if (blocks.length === 0) return keyring;
  return Buffer.concat(blocks.map(([, body = '']) => Buffer.from(body.replace(/\n=[^\n]{4}\s*$/, ''), 'base64')));
}

/** The public keys in a file, armored or not, without what stands around them; undefined where it holds anything else. */
export function publicKeysIn(content: Buffer): Buffer | undefined {
  const [first, ...more] = packetsIn(packetsOf(content)).map(({ tag }) => tag);
  if (first !== publicKey || !more.every((tag) => publicTags.has(tag))) return undefined;
  const blocks = content.toString('latin1').match(armored);
  return blocks ? Buffer.from(blocks.map((block) => `${block}\n`).join(''), 'latin1') : content;
}

/** The public keys in a file, each with what belongs to it in armor of its own, as rpm takes them; none where it holds anything else. */
export function armoredKeysIn(content: Buffer): Buffer[] {
  if (!publicKeysIn(content)) return [];
  const packets = packetsOf(content);
  const starts = packetsIn(packets).flatMap(({ tag, start }) => (tag === publicKey ? [start] : []));
  return starts.map((start, at) => armor(packets.subarray(start, starts[at + 1])));
}

/** §6.2; with the checksum of §6.1.1, without which some readers take none. */
function armor(packets: Buffer): Buffer {
  const lines = packets.toString('base64').match(/.{1,64}/g) ?? [];
  const sum = Buffer.alloc(3);
  sum.writeUIntBE(crc24(packets), 0, 3);
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} PGP PUBLIC KEY BLOCK-----`);
  return Buffer.from(`${[begin, '', ...lines, `=${sum.toString('base64')}`, end].join('\n')}\n`);
}

function crc24(bytes: Buffer): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) ^ 0x1864cfb) & 0xffffff : crc << 1;
  }
  return crc;
}

const publicKey = 6;
/** Beside keys and subkeys: signatures, markers, GnuPG's trust, user ids and attributes, padding. §5 */
const publicTags: ReadonlySet<number | undefined> = new Set([publicKey, 14, 2, 10, 12, 13, 17, 21]);

/** Each in its turn, from where it starts; without a tag where it is no whole packet. */
function packetsIn(packets: Buffer): { readonly tag: number | undefined; readonly start: number }[] {
  const found: { tag: number | undefined; start: number }[] = [];
  for (let at = 0; at < packets.length; ) {
    const first = packets[at] ?? 0;
    const isOld = (first & 0xc0) === 0x80;
    const start = at;
    at = isOld ? endOfOld(packets, at) : endOfNew(packets, at);
    const tag = isOld ? (first >> 2) & 0xf : first & 0x3f;
    found.push({ tag: at <= packets.length && first >= 0x80 ? tag : undefined, start });
  }
  return found;
}

/** Of a packet whose length is not said before it: keys have none such. */
const unknown = Number.POSITIVE_INFINITY;

/** §4.2.2 */
function endOfOld(packets: Buffer, at: number): number {
  const kind = (packets[at] ?? 0) & 3;
  return kind === 3 ? unknown : endOf(packets, at + 1, 2 ** kind);
}

/** §4.2.1 */
function endOfNew(packets: Buffer, at: number): number {
  const [one = 0, two = 0] = packets.subarray(at + 1, at + 3);
  if (one < 192) return at + 2 + one;
  if (one < 224) return at + 3 + (one - 192) * 256 + two + 192;
  return one === 255 ? endOf(packets, at + 2, 4) : unknown;
}

/** Of what has its length in the `size` bytes before it. */
function endOf(packets: Buffer, at: number, size: number): number {
  const start = at + size;
  return start > packets.length ? unknown : start + packets.readUIntBE(at, size);
}
