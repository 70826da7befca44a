import { createHash } from 'node:crypto';
import type { Sha256 } from '../../hash.js';
import type { NodeId } from './place-columns.js';
import type { FilesystemTrie } from './trie.js';
import { known } from './value-columns.js';

/**
 * What the hash of a directory covers, each of these what the one before does and more. `content`: of all below it names
 * and types, where links lead, and the contents of files; `metadata`: mode, user and group; `attributes`: the extended
 * ones; `times`: when files were last changed.
 */
export const merkleCovers = ['content', 'metadata', 'attributes', 'times'] as const;
export type MerkleCover = (typeof merkleCovers)[number];

/** The hashes of the directories of one environment. */
export interface MerkleHashes {
  /**
   * Of a directory that the environment has, the same wherever it lies and whatever it is called; undefined where
   * anything that it covers is not known of something below, and of all that is no directory.
   */
  of(node: NodeId): Sha256 | undefined;
}

const none = -1;
const hashLength = 32;

/**
 * Hashes every directory of an environment, once, from the last place up. The hash of a directory is the SHA-256 of a
 * record of each entry in it, in the byte order of their names: a letter for the type; with `metadata` mode, uid and gid;
 * with `attributes` those; with `times` of a file when it was changed (numbers as IEEE 754 in
 * eight bytes, the low one first, and texts with their length before them in four); its name as text; and last of a file the hash of its content, of a link its
 * target as text, of a directory the hash of that. An empty directory has the hash of nothing.
 */
export function merkleOf(trie: FilesystemTrie, tag: string, cover: MerkleCover = 'content'): MerkleHashes {
  const number = trie.tagNumber(tag);
  const hashes = number === undefined ? new Map<NodeId, Buffer>() : hashDirectories(trie, number, cover);
  return { of: (node) => hashes.get(node)?.toString('hex') };
}

function hashDirectories(trie: FilesystemTrie, tag: number, cover: MerkleCover): Map<NodeId, Buffer> {
  const hashes = new Map<NodeId, Buffer>();
  const isIn = Uint8Array.from({ length: trie.tagSets.size }, (_, set) => (trie.tagSets.has(set, tag) ? 1 : 0));
  const record = new Records();
  // A place comes after its parent, so all that is in a directory is hashed before it.
  for (let node = trie.nodeCount - 1; node >= 0; node--) {
    if (isIn[trie.setOf(node)] !== 1 || !isDirectory(trie, node, tag)) continue;
    record.clear();
    let isKnown = true;
    for (const child of trie.sortedChildren(node)) {
      if (isIn[trie.setOf(child)] !== 1) continue;
      isKnown &&= record.add(trie, child, tag, cover, hashes.get(child));
      if (!isKnown) break;
    }
    if (isKnown) hashes.set(node, record.hash());
  }
  return hashes;
}

/** What lies only on the way to something is one, and what nobody says the type of if something is below it. */
function isDirectory(trie: FilesystemTrie, node: NodeId, tag: number): boolean {
  const row = trie.rowOf(node, tag);
  const type = row === none ? undefined : trie.values.type(row);
  if (type !== undefined) return type === 'directory';
  if (row === none) return true;
  for (let child = trie.firstChildOf(node); child !== none; child = trie.nextSiblingOf(child)) {
    if (trie.tagSets.has(trie.setOf(child), tag)) return true;
  }
  return false;
}

const needed: Readonly<Record<MerkleCover, number>> = {
  content: 0,
  metadata: known.mode | known.uid | known.gid,
  attributes: known.mode | known.uid | known.gid | known.attributes,
  times: known.mode | known.uid | known.gid | known.attributes,
};

/** The records of one directory. */
class Records {
  private bytes = Buffer.alloc(4096);
  private length = 0;

  clear(): void {
    this.length = 0;
  }

  hash(): Buffer {
    return createHash('sha256').update(this.bytes.subarray(0, this.length)).digest();
  }

  /** Whether all is known of an entry that the hash covers. `directory`: its own hash, if it is one. */
  add(trie: FilesystemTrie, node: NodeId, tag: number, cover: MerkleCover, directory: Buffer | undefined): boolean {
    const { values } = trie;
    const row = trie.rowOf(node, tag);
    const bits = row === none ? 0 : values.known(row);
    const type = directory ? 'directory' : row === none ? undefined : values.type(row);
    if (type === undefined || (bits & needed[cover]) !== needed[cover]) return false;
    if (type === 'directory' && !directory) return false;
    const last = directory ?? (type === 'file' ? values.hashBytes(row) : undefined);
    const target = type === 'symlink' ? values.target(row) : undefined;
    if ((type === 'file' && !last) || (type === 'symlink' && target === undefined)) return false;
    this.text(letters[type]);
    if (cover !== 'content')
      for (const number of [values.mode(row), values.uid(row), values.gid(row)]) this.number(number);
    if (cover === 'attributes' || cover === 'times') this.text(values.attributes(row) ?? '');
    if (cover === 'times' && type === 'file') {
      const time = values.mtime(row);
      if (time === undefined) return false;
      this.number(time);
    }
    this.text(trie.nameOf(node));
    if (last) this.raw(last);
    else if (target !== undefined) this.text(target);
    return true;
  }

  private number(value = 0): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** As UTF-8 of the text that a path is. */
  private text(text: string): void {
    this.reserve(4 + text.length * 3);
    const at = this.length + 4;
    const written = this.bytes.write(text, at);
    this.bytes.writeUInt32LE(written, this.length);
    this.length = at + written;
  }

  private raw(bytes: Buffer): void {
    this.reserve(hashLength);
    this.length += bytes.copy(this.bytes, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    this.bytes = Buffer.concat([this.bytes], (this.length + more) * 2);
  }
}

const letters = {
  ...{ file: 'f', directory: 'd', symlink: 'l', fifo: 'p', socket: 's', block: 'b', character: 'c' },
} as const;
