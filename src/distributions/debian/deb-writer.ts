/** The start of an ar archive, the outer form of a .deb (deb(5)). */
export const arMagic = Buffer.from('!<arch>\n');

/** The header of one ar member; content follows, padded to an even length. */
export function arHeader(name: string, size: number, mtime: number): Buffer {
  const fields = [
    name.padEnd(16),
    `${mtime}`.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    `${size}`.padEnd(10),
  ];
  return Buffer.from(`${fields.join('')}\`\n`);
}
