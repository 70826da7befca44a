const magic = Buffer.from('RpmP');
const slotMagic = Buffer.from('Slot');
const blobMagic = Buffer.from('BlbS');
const pageSize = 4096;
/** Slots and blocks have the same size; the first two slots' place is the header's. */
const blockSize = 16;

/**
 * The headers in a `Packages.db`: pages of slots, each of which says in which blocks a header lies. Little endian; the
 * format is that of rpm's lib/backend/ndb/rpmpkg.c.
 */
export function* headersOfNdb(content: Buffer): Generator<Buffer> {
  if (content.length < pageSize || !content.subarray(0, 4).equals(magic)) throw new Error('it is no ndb database');
  const end = Math.min(content.length, content.readUInt32LE(12) * pageSize);
  for (let slot = 2 * blockSize; slot < end; slot += blockSize) {
    const offset = content.readUInt32LE(slot + 8);
    if (offset === 0 || !content.subarray(slot, slot + 4).equals(slotMagic)) continue;
    const at = offset * blockSize;
    const isBlob = at + blockSize <= content.length && content.subarray(at, at + 4).equals(blobMagic);
    const size = isBlob ? content.readUInt32LE(at + 12) : 0;
    if (!isBlob || at + blockSize + size > content.length) throw new Error(`the blob at ${at} is damaged`);
    yield content.subarray(at + blockSize, at + blockSize + size);
  }
}
