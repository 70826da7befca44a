/**
 * Why Python would not take compiled code for that of its source: undefined where it would. The header is four little
 * endian words: magic, flags, then date and size of the source, or its hash (PEP 552).
 */
export function staleBytecode(
  header: Buffer,
  source: { readonly size: number; readonly mtime: number } | undefined,
): string | undefined {
  if (source === undefined) return 'its source is missing';
  if (header.length < 16 || header.toString('latin1', 2, 4) !== '\r\n') return 'it is not compiled Python';
  // Bit 0: checked by hash, which Python itself compares with the source when it has to.
  if ((header.readUInt32LE(4) & 1) !== 0) return undefined;
  if (header.readUInt32LE(12) !== source.size % 2 ** 32) return 'it was made from a source of another size';
  return header.readUInt32LE(8) === source.mtime % 2 ** 32 ? undefined : 'it was made from a source of another date';
}
