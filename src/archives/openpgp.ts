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
  const [first, ...more] = tagsOf(packetsOf(content));
  if (first !== publicKey || !more.every((tag) => publicTags.has(tag))) return undefined;
  const blocks = content.toString('latin1').match(armored);
  return blocks ? Buffer.from(blocks.map((block) => `${block}\n`).join(''), 'latin1') : content;
}

const publicKey = 6;
/** Beside keys and subkeys: signatures, markers, GnuPG's trust, user ids and attributes, padding. §5 */
const publicTags: ReadonlySet<number | undefined> = new Set([publicKey, 14, 2, 10, 12, 13, 17, 21]);

/** Of each packet in its turn; undefined for what is no whole packet. */
function tagsOf(packets: Buffer): (number | undefined)[] {
  const tags: (number | undefined)[] = [];
  for (let at = 0; at < packets.length; ) {
    const first = packets[at] ?? 0;
    const isOld = (first & 0xc0) === 0x80;
    at = isOld ? endOfOld(packets, at) : endOfNew(packets, at);
    const tag = isOld ? (first >> 2) & 0xf : first & 0x3f;
    tags.push(at <= packets.length && first >= 0x80 ? tag : undefined);
  }
  return tags;
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
