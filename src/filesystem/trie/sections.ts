import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import { ReproError, reasonOf } from '../../errors.js';

/** The last two bytes are the version of the format. */
const magic = Buffer.from('reproman trie\n\0\x01', 'latin1');
const headLength = magic.length + 8;
/** What deflate can make of a byte at most, by its format. */
const bestRatio = 1032;
/** No typed array of Node 20 is larger. */
const longest = 2 ** 32 - 1;

const sectionSchema = z.strictObject({
  name: z.string(),
  packed: z.boolean(),
  /** Bytes in the file, and when unpacked. */
  stored: z.int().nonnegative(),
  length: z.int().nonnegative().max(longest),
  crc32: z.int().nonnegative(),
});
const directorySchema = z.array(sectionSchema).max(256);
type Section = z.infer<typeof sectionSchema>;

/** Bytes by name. What does not get smaller by it is not packed. */
export type Sections = ReadonlyMap<string, Uint8Array>;

/** Whether a file begins as a trie does, of whichever version. */
export function isTrieFile(beginning: Uint8Array): boolean {
  const name = magic.length - 2;
  return beginning.length >= name && magic.subarray(0, name).equals(beginning.subarray(0, name));
}

/**
 * 16 bytes of magic with the version, the length and the CRC-32 of a directory in JSON (both 32 bits, the low byte
 * first), the directory, and the sections one after the other, each with a CRC-32 of what is stored.
 */
export function packSections(sections: Sections): Buffer {
  const packed = Array.from(sections, ([name, bytes]) => packSection(name, bytes));
  const directory = Buffer.from(JSON.stringify(packed.map(({ section }) => section)));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(directory.length, 0);
  head.writeUInt32LE(crc32(directory), 4);
  return Buffer.concat([magic, head, directory, ...packed.map(({ bytes }) => bytes)]);
}

/** `where`: for messages. */
export function unpackSections(file: Buffer, where: string): Map<string, Buffer> {
  if (!isTrieFile(file)) throw noTrie(where);
  const version = file.subarray(magic.length - 2, magic.length);
  if (version.length < 2) throw damaged(where, 'it ends in its first bytes', file.length);
  if (!version.equals(magic.subarray(-2))) throw otherVersion(where, version.readUInt16BE());
  const directory = directoryOf(file, where);
  const sections = new Map<string, Buffer>();
  let at = headLength + file.readUInt32LE(magic.length);
  for (const section of directory) {
    sections.set(section.name, unpackSection(file, section, at, where));
    at += section.stored;
  }
  if (at !== file.length) throw damaged(where, `${file.length - at} bytes follow its last section`, at);
  return sections;
}

/** An error that says where a file is not what it should be. */
export function damaged(where: string, why: string, offset?: number): ReproError {
  const at = offset === undefined ? '' : ` (at byte ${offset})`;
  return new ReproError('usage', `${where} cannot be read as a trie: ${why}${at}`, {
    remedy: 'make the snapshot again',
  });
}

function packSection(name: string, bytes: Uint8Array): { section: Section; bytes: Uint8Array } {
  const smaller = deflateSync(bytes, { level: 1 });
  const packed = smaller.length < bytes.length * 0.9;
  const stored = packed ? smaller : bytes;
  const section = { name, packed, stored: stored.length, length: bytes.length, crc32: crc32(stored) };
  return { section, bytes: stored };
}

function directoryOf(file: Buffer, where: string): readonly Section[] {
  if (file.length < headLength) throw damaged(where, 'it ends in its head', file.length);
  const end = headLength + file.readUInt32LE(magic.length);
  if (end > file.length) throw damaged(where, 'it ends in its directory', file.length);
  const bytes = file.subarray(headLength, end);
  if (crc32(bytes) !== file.readUInt32LE(magic.length + 4)) {
    throw damaged(where, 'the checksum of its directory is another', headLength);
  }
  let directory: unknown;
  try {
    directory = JSON.parse(bytes.toString());
  } catch (cause) {
    throw damaged(where, `its directory is not JSON (${reasonOf(cause)})`, headLength);
  }
  const result = directorySchema.safeParse(directory);
  if (!result.success) throw damaged(where, `its directory is none: ${z.prettifyError(result.error)}`, headLength);
  return result.data;
}

function unpackSection(file: Buffer, section: Section, at: number, where: string): Buffer {
  const { name, packed, stored, length } = section;
  const fail = (why: string) => damaged(where, `its section ${JSON.stringify(name)} ${why}`, at);
  if (at + stored > file.length) throw damaged(where, `it ends in its section ${JSON.stringify(name)}`, file.length);
  const bytes = file.subarray(at, at + stored);
  if (crc32(bytes) !== section.crc32) throw fail('has another checksum');
  // Nothing is made of a length before so much can be in the file.
  if (packed ? length > stored * bestRatio : length !== stored) throw fail(`is said to have ${length} bytes`);
  if (!packed) return bytes;
  let result: Buffer;
  try {
    result = inflateSync(bytes, { maxOutputLength: Math.max(length, 1) });
  } catch (cause) {
    throw fail(`cannot be unpacked (${reasonOf(cause)})`);
  }
  if (result.length !== length) throw fail(`has ${result.length} bytes instead of ${length}`);
  return result;
}

function noTrie(where: string): ReproError {
  return new ReproError('usage', `${where} cannot be read as a trie: it does not begin as one (at byte 0)`, {
    remedy: 'give a file that reproman snapshot or tree update wrote',
  });
}

function otherVersion(where: string, version: number): ReproError {
  return new ReproError('usage', `${where} is a trie of version ${version}, and only version 1 is known here`, {
    remedy: 'read it with the reproman that wrote it, or make the snapshot again',
  });
}
