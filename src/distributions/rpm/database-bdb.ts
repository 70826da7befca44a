/** Of Berkeley DB's dbinc/db_page.h: the pages that hold keys and values, those of what is too long, and their parts. */
const pageTypes = { unsortedHash: 2, hash: 13, overflow: 7 } as const;
const itemTypes = { inPage: 1, offPage: 3 } as const;
const pageHeader = 26;
const hashMagic = 0x00061561;

/**
 * The headers in a `Packages`: a hash of Berkeley DB from package numbers to headers. Every page is gone through, which
 * finds the same as following its buckets. Number 0 has the next free number for its value.
 */
export function* headersOfBdb(content: Buffer): Generator<Buffer> {
  const read = reader(content);
  const pageSize = read.u32(20);
  if (pageSize < 512 || pageSize > 65536) throw new Error('the size of its pages is not known');
  const lastPage = Math.min(read.u32(32), Math.floor(content.length / pageSize) - 1);
  for (let page = pageSize; page <= lastPage * pageSize; page += pageSize) {
    const type = content[page + 25];
    if (type !== pageTypes.hash && type !== pageTypes.unsortedHash) continue;
    const items = read.u16(page + 20);
    for (let index = 0; index + 1 < items; index += 2) {
      const key = page + read.u16(page + pageHeader + index * 2);
      const valueAt = read.u16(page + pageHeader + (index + 1) * 2);
      const value = page + valueAt;
      if (content[key] === itemTypes.inPage && read.u32(key + 1) === 0) continue;
      // Items are laid down from the end of the page, each key before its value.
      if (content[value] === itemTypes.inPage) yield content.subarray(value + 1, key);
      else if (content[value] === itemTypes.offPage) yield overflow(read.u32(value + 4), read.u32(value + 8));
    }
  }

  /** A value on pages of its own, one after the other. */
  function overflow(first: number, length: number): Buffer {
    const parts: Buffer[] = [];
    let left = length;
    for (let number = first; left > 0; number = read.u32(number * pageSize + 16)) {
      const page = number * pageSize;
      const size = number === 0 || number > lastPage ? 0 : read.u16(page + 22);
      if (size === 0 || size > left || content[page + 25] !== pageTypes.overflow) {
        throw new Error(`page ${number} is damaged`);
      }
      parts.push(content.subarray(page + pageHeader, page + pageHeader + size));
      left -= size;
    }
    return Buffer.concat(parts);
  }
}

/** Berkeley DB writes numbers as its machine does. */
function reader(content: Buffer) {
  if (content.length >= 512 && content.readUInt32LE(12) === hashMagic) {
    return { u16: (at: number) => content.readUInt16LE(at), u32: (at: number) => content.readUInt32LE(at) };
  }
  if (content.length >= 512 && content.readUInt32BE(12) === hashMagic) {
    return { u16: (at: number) => content.readUInt16BE(at), u32: (at: number) => content.readUInt32BE(at) };
  }
  throw new Error('it is no hash of Berkeley DB');
}
