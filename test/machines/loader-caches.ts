/** An `ld.so.cache` as glibc writes it: each library's name and path, the names lying within the paths. */
export function loaderCacheOf(libraries: readonly { path: string; architecture?: number }[]): Buffer {
  const header = Buffer.alloc(48);
  header.write('glibc-ld.so.cache1.1', 'latin1');
  header.writeUInt32LE(libraries.length, 20);
  const entries = Buffer.alloc(24 * libraries.length);
  let strings = '';
  for (const [index, { path, architecture = 3 }] of libraries.entries()) {
    const at = header.length + entries.length + strings.length;
    entries.writeInt32LE((architecture << 8) | 3, index * 24);
    entries.writeUInt32LE(at + path.lastIndexOf('/') + 1, index * 24 + 4);
    entries.writeUInt32LE(at, index * 24 + 8);
    strings += `${path}\0`;
  }
  return Buffer.concat([header, entries, Buffer.from(strings)]);
}
