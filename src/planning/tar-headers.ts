import type { FilePath } from '../model/file-path.js';

/** What one tar entry says of itself. Names are bytes, which is why no tar library does this: they write text. */
export interface TarEntry {
  /** Relative: without a leading slash. */
  readonly name: FilePath | string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly target?: FilePath;
}

const blockSize = 512;
const typeFlags = { file: '0', symlink: '2', directory: '5', pax: 'x' } as const;

/** The header blocks of one entry: ustar, preceded by a pax header where a field does not fit. See `man 5 tar`. */
export function tarHeader(entry: TarEntry): Buffer {
  const name = entry.type === 'directory' ? `${entry.name}/` : entry.name;
  const target = entry.target ?? '';
  const records = [
    ...(name.length > 100 ? [paxRecord('path', name)] : []),
    ...(target.length > 100 ? [paxRecord('linkpath', target)] : []),
    ...(entry.size > 0o77777777777 ? [paxRecord('size', String(entry.size))] : []),
    ...(entry.mtime < 0 || entry.mtime > 0o77777777777 ? [paxRecord('mtime', String(entry.mtime))] : []),
    ...(entry.uid > 0o7777777 ? [paxRecord('uid', String(entry.uid))] : []),
    ...(entry.gid > 0o7777777 ? [paxRecord('gid', String(entry.gid))] : []),
  ];
  const main = ustar(typeFlags[entry.type], { ...entry, name, target });
  if (records.length === 0) return main;
  const pax = Buffer.concat(records);
  const plain = { name: 'pax', target: '', mode: 0o644, uid: 0, gid: 0, size: pax.length, mtime: 0 };
  return Buffer.concat([ustar(typeFlags.pax, plain), pax, tarPadding(pax.length), main]);
}

/** The zeroes that fill up the last block of a content of `size` bytes. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

/** The two empty blocks at the end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * blockSize);
}

interface HeaderFields extends Omit<TarEntry, 'type' | 'target'> {
  readonly target: string;
}

function ustar(type: string, fields: HeaderFields): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(fields.name.slice(0, 100), 0, 100, 'latin1');
  writeOctal(block, 100, 7, fields.mode);
  writeOctal(block, 108, 7, fields.uid);
  writeOctal(block, 116, 7, fields.gid);
  writeOctal(block, 124, 11, fields.size);
  writeOctal(block, 136, 11, fields.mtime);
  block.fill(' ', 148, 156);
  block.write(type, 156, 1, 'latin1');
  block.write(fields.target.slice(0, 100), 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** A number that does not fit is in the pax header; 0 stands here. */
function writeOctal(block: Buffer, at: number, digits: number, value: number): void {
  const text = value < 0 ? '0' : value.toString(8);
  block.write((text.length > digits ? '0' : text).padStart(digits, '0'), at, digits, 'latin1');
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.from(`${length}${rest}`, 'latin1');
}
