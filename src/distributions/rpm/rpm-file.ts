import { open } from 'node:fs/promises';
import { RpmHeader, tag } from './header.js';

export const headerMagic = Buffer.from('8eade80100000000', 'hex');
/** RPMTAG_HEADERSIGNATURES: the region of a signature header. */
const signatureRegion = 62;
const typeBinary = 7;
export const leadSize = 96;

/**
 * All of an .rpm before its payload: the lead, the signatures that hold without the payload, and the header as the
 * package had it. https://rpm-software-management.github.io/rpm/manual/format_v4
 */
export function beginningOf(name: string, header: RpmHeader, immutable: Buffer): Buffer {
  const signatures = signaturesOf(header);
  const padding = Buffer.alloc((8 - (signatures.length % 8)) % 8);
  return Buffer.concat([lead(name), headerMagic, signatures, padding, headerMagic, immutable]);
}

/** What is hashed for the header's own digests. */
export function signedPartOf(immutable: Buffer): Buffer {
  return Buffer.concat([headerMagic, immutable]);
}

/** Read by nobody any more but file(1), which wants its magic number. */
function lead(name: string): Buffer {
  const content = Buffer.alloc(leadSize);
  content.writeUInt32BE(0xedabeedb, 0);
  content.writeUInt8(3, 4);
  content.writeUInt16BE(1, 8);
  content.write(name.slice(0, 65), 10, 'latin1');
  content.writeUInt16BE(1, 76);
  content.writeUInt16BE(5, 78);
  return content;
}

/** Digests and signatures of the header alone, in a region as every header has one. */
function signaturesOf(header: RpmHeader): Buffer {
  const entries: { tag: number; type: number; count: number; data: Buffer }[] = [];
  const key = header.bytes(tag.rsaHeader);
  if (key) entries.push({ tag: tag.rsaHeader, type: typeBinary, count: key.length, data: key });
  for (const which of [tag.sha1Header, tag.sha256Header]) {
    const digest = header.text(which);
    if (digest) entries.push({ tag: which, type: 6, count: 1, data: Buffer.from(`${digest}\0`) });
  }
  const index = Buffer.alloc(8 + 16 * (entries.length + 1));
  const length = entries.reduce((sum, { data }) => sum + data.length, 0);
  index.writeUInt32BE(entries.length + 1, 0);
  index.writeUInt32BE(length + 16, 4);
  writeEntry(index, 8, signatureRegion, typeBinary, length, 16);
  let offset = 0;
  for (const [at, { tag: which, type, count, data }] of entries.entries()) {
    writeEntry(index, 8 + 16 * (at + 1), which, type, offset, count);
    offset += data.length;
  }
  const trailer = Buffer.alloc(16);
  writeEntry(trailer, 0, signatureRegion, typeBinary, -16 * (entries.length + 1), 16);
  return Buffer.concat([index, ...entries.map(({ data }) => data), trailer]);
}

function writeEntry(into: Buffer, at: number, which: number, type: number, offset: number, count: number): void {
  into.writeUInt32BE(which, at);
  into.writeUInt32BE(type, at + 4);
  into.writeInt32BE(offset, at + 8);
  into.writeUInt32BE(count, at + 12);
}

/** The header of an .rpm, and where its payload starts: behind the lead, the padded signatures and the header. */
export async function openRpmFile(file: string): Promise<{ readonly header: RpmHeader; readonly payload: number }> {
  const handle = await open(file);
  try {
    const read = async (at: number, size: number) => (await handle.read(Buffer.alloc(size), 0, size, at)).buffer;
    const sizeAt = async (at: number) => {
      const counts = await read(at + headerMagic.length, 8);
      return 8 + counts.readUInt32BE(0) * 16 + counts.readUInt32BE(4);
    };
    const signatures = headerMagic.length + (await sizeAt(leadSize));
    const at = leadSize + signatures + ((8 - (signatures % 8)) % 8);
    const size = await sizeAt(at);
    return {
      header: new RpmHeader(await read(at + headerMagic.length, size)),
      payload: at + headerMagic.length + size,
    };
  } finally {
    await handle.close();
  }
}
