import type { FilePath } from '../../model/file-path.js';

/** One tracked file, as the index has it. */
export interface IndexEntry {
  /** 0o100644, 0o100755, 0o120000 (a link) or 0o160000 (a submodule). */
  readonly mode: number;
  readonly blob: string;
  /** Of the file when git last looked at it. */
  readonly size: number;
  /** Left out of the working tree on purpose (a sparse checkout). */
  readonly isSkipped: boolean;
}

export interface IndexFile {
  /** By path from the root of the working tree. */
  readonly entries: ReadonlyMap<FilePath, IndexEntry>;
  /** The tree that has all entries as they are, where that is known. */
  readonly tree?: string;
}

const statBytes = 40;
const extended = 0x4000;
const skipWorktree = 0x4000;
const intentToAdd = 0x2000;
const folderMode = 0o40000;

/** Reads `.git/index` of versions 2 to 4 (gitformat-index(5)). */
export function parseIndex(file: Buffer, idBytes: number): IndexFile {
  if (file.toString('latin1', 0, 4) !== 'DIRC') throw new Error('the index has an unknown format');
  const version = file.readUInt32BE(4);
  if (version < 2 || version > 4) throw new Error(`the index has the unknown version ${version}`);
  const entries = new Map<FilePath, IndexEntry>();
  const count = file.readUInt32BE(8);
  let at = 12;
  let path = '';
  for (let read = 0; read < count; read++) {
    const start = at;
    const mode = file.readUInt32BE(at + 24);
    const size = file.readUInt32BE(at + 36);
    const blob = file.toString('hex', at + statBytes, at + statBytes + idBytes);
    at += statBytes + idBytes;
    const flags = file.readUInt16BE(at);
    at += 2;
    const more = flags & extended ? file.readUInt16BE(at) : 0;
    if (flags & extended) at += 2;
    const kept = version === 4 ? readStripped(file, at, path.length) : { length: 0, at };
    const end = file.indexOf(0, kept.at);
    if (end < 0) throw new Error('the index ends too early');
    path = path.slice(0, kept.length) + file.toString('latin1', kept.at, end);
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7);
    // While a merge is not done a path has up to three versions; the second is ours.
    const stage = (flags >> 12) & 3;
    if (mode === folderMode || (more & intentToAdd) !== 0 || stage === 1 || stage === 3) continue;
    entries.set(path as FilePath, { mode, blob, size, isSkipped: (more & skipWorktree) !== 0 });
  }
  const tree = readExtensions(file, at, idBytes);
  return { entries, ...(tree === undefined ? {} : { tree }) };
}

/** Version 4: how much of the last path goes before what differs. */
function readStripped(file: Buffer, start: number, length: number): { length: number; at: number } {
  let at = start;
  let next = file.readUInt8(at++);
  let stripped = next & 0x7f;
  while (next >= 0x80) {
    next = file.readUInt8(at++);
    stripped = (stripped + 1) * 128 + (next & 0x7f);
  }
  if (stripped > length) throw new Error('the index is damaged');
  return { length: length - stripped, at };
}

function readExtensions(file: Buffer, start: number, idBytes: number): string | undefined {
  let tree: string | undefined;
  for (let at = start; at + 8 <= file.length - idBytes; ) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32BE(at + 4);
    if (name === 'link') throw new Error('the index is split into two files (core.splitIndex), which are not read');
    if (name === 'TREE') tree = rootTree(file.subarray(at + 8, at + 8 + size), idBytes);
    at += 8 + size;
  }
  return tree;
}

/** The first entry is the root: an empty path, how many entries (-1: not valid), how many subtrees, and the id. */
function rootTree(extension: Buffer, idBytes: number): string | undefined {
  const end = extension.indexOf(0x0a);
  const [, count] = /^\0(-?\d+) \d+$/.exec(extension.toString('latin1', 0, end)) ?? [];
  if (count === undefined || count.startsWith('-')) return undefined;
  return extension.toString('hex', end + 1, end + 1 + idBytes);
}
