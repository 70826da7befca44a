import type { FilePath } from '../model/file-path.js';
import { attributePrefix } from './tar.js';

/**
 * One member of a tar to write. Own code because names are bytes and the libraries write text; GNU headers, because
 * dpkg knows no pax ones and everybody else knows both.
 */
export interface TarHeader {
  /** Relative, without the leading `./`; empty for the root itself. */
  readonly name: FilePath | string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** Of a symlink its target; of a hardlink the name of the other member, as in `name`. */
  readonly target?: string;
  /** Extended attributes by name, their values as Latin-1: as a pax record, for who reads those. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const block = 512;
const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5', fifo: '6' } as const;

/**
 * The header blocks of one member (GNU tar, "old GNU format"), with `././@LongLink` members before them for what does
 * not fit. https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function tarHeader(header: TarHeader): Buffer {
  const name = `./${header.name}${header.type === 'directory' && header.name !== '' ? '/' : ''}`;
  const target = header.type === 'hardlink' ? `./${header.target ?? ''}` : (header.target ?? '');
  const blocks: Buffer[] = [];
  if (target.length > 100) blocks.push(longMember('K', target));
  if (name.length > 100) blocks.push(longMember('L', name));
  if (header.attributes) blocks.push(paxMember(header.attributes));
  blocks.push(headerBlock({ ...header, name, target, flag: typeFlags[header.type] }));
  return Buffer.concat(blocks);
}

/** The zeros that follow a member's content of this size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/** The end of a tar. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * block);
}

function longMember(flag: 'K' | 'L', text: string): Buffer {
  return extendedMember('././@LongLink', flag, `${text}\0`);
}

function paxMember(attributes: Readonly<Record<string, string>>): Buffer {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const records = sorted.map(([name, value]) => paxRecord(`${attributePrefix}${name}=${value}`));
  return extendedMember('./PaxHeaders', 'x', records.join(''));
}

/** A record begins with its own length, digits included. */
function paxRecord(text: string): string {
  const rest = ` ${text}\n`;
  const guess = rest.length + String(rest.length).length;
  const length = rest.length + String(guess).length;
  return `${length}${rest}`;
}

function extendedMember(name: string, flag: 'K' | 'L' | 'x', text: string): Buffer {
  const content = Buffer.from(text, 'latin1');
  const header = headerBlock({
    name,
    target: '',
    mode: 0,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: 0,
    flag,
  });
  return Buffer.concat([header, content, tarPadding(content.length)]);
}

interface BlockFields {
  readonly name: string;
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly flag: string;
}

function headerBlock(fields: BlockFields): Buffer {
  const header = Buffer.alloc(block);
  header.write(fields.name.slice(0, 100), 0, 'latin1');
  number(header, 100, 8, fields.mode);
  number(header, 108, 8, fields.uid);
  number(header, 116, 8, fields.gid);
  number(header, 124, 12, fields.size);
  number(header, 136, 12, fields.mtime);
  header.fill(0x20, 148, 156);
  header.write(fields.flag, 156);
  header.write(fields.target.slice(0, 100), 157, 'latin1');
  header.write('ustar  \0', 257);
  // Only root by name: dpkg would look any other name up in the new system, where its id may differ.
  if (fields.uid === 0) header.write('root', 265);
  if (fields.gid === 0) header.write('root', 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Octal, or base 256 where that is too short (files over 8 GiB). */
function number(header: Buffer, at: number, width: number, value: number): void {
  const octal = Math.max(0, value).toString(8);
  if (octal.length < width) {
    header.write(`${octal.padStart(width - 1, '0')}\0`, at);
    return;
  }
  header[at] = 0x80;
  header.writeBigUInt64BE(BigInt(value), at + width - 8);
}
