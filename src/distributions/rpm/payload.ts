import { createHash } from 'node:crypto';
import type { FilePath } from '../../model/file-path.js';
import type { PackagedFile, RpmPackage } from './package.js';
import { typeOf } from './verify.js';

/** One member of a payload: the file whose record it is, and whether it brings the content of a regular file. */
export interface PayloadMember {
  readonly file: PackagedFile;
  readonly links: number;
  readonly hasContent: boolean;
}

/** Gives the content of a regular file as it is on the machine; undefined where it has none. */
export type OpenContent = (path: FilePath) => Promise<AsyncIterable<Uint8Array> | undefined>;

/**
 * The members as rpmbuild writes them: in the order of the header without ghosts, then those that are one file under
 * several names, of which the last has the content (lib/rpmfi.c, iterWriteArchiveNext).
 */
export function membersOf({ files }: RpmPackage): PayloadMember[] {
  const groups = new Map<string, PackagedFile[]>();
  const packed = files.filter((file) => !file.isGhost);
  for (const file of packed) {
    if (typeOf(file) !== 'file') continue;
    const key = `${file.device}:${file.inode}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const linked = [...groups.values()].filter((group) => group.length > 1);
  const inGroups = new Set(linked.flat());
  const alone = packed.filter((file) => !inGroups.has(file));
  return [
    ...alone.map((file) => ({ file, links: 1, hasContent: typeOf(file) === 'file' })),
    ...linked.flatMap((group) =>
      group.map((file, at) => ({ file, links: group.length, hasContent: at === group.length - 1 })),
    ),
  ];
}

/** What became of the content of one file. */
export interface Packed {
  readonly file: PackagedFile;
  /**
   * `missing`: there is none. `changed`: it is not what the package recorded. `withheld`: neither, and it may not be
   * carried, so it is not in the payload either.
   */
  readonly state: 'same' | 'changed' | 'missing' | 'withheld';
}

/** Whether what was changed may be carried; told the beginning of its content. */
export type MayCarry = (path: FilePath, head: Buffer) => boolean;

/**
 * The payload as a cpio in the format "newc". Everything but contents is as the header has it, and contents have the
 * recorded size whatever was found, as rpm reads by that: those told as anything but the same must be put right afterwards.
 */
export async function* payloadOf(
  members: readonly PayloadMember[],
  context: PayloadContext,
): AsyncGenerator<Uint8Array> {
  for (const { file, links, hasContent } of members) {
    const target = typeOf(file) === 'symlink' ? Buffer.from(file.target, 'latin1') : undefined;
    const size = target?.length ?? (hasContent ? file.size : 0);
    yield cpioHeader(`.${file.path}`, { ...file, links, size });
    if (target) yield target;
    else if (hasContent) yield* contentOf(file, context);
    yield padding(size);
  }
  yield cpioHeader('TRAILER!!!', { inode: 0, mode: 0, mtime: 0, links: 1, size: 0 });
}

export interface PayloadContext {
  /** Of the digests in the header. */
  readonly algorithm: string | undefined;
  readonly open: OpenContent;
  readonly mayCarry: MayCarry;
  readonly told: (packed: Packed) => void;
}

async function* contentOf(file: PackagedFile, context: PayloadContext): AsyncGenerator<Uint8Array> {
  const { algorithm, open, mayCarry, told } = context;
  const hash = algorithm === undefined ? undefined : createHash(algorithm);
  // What lies in the place of others is not this package's.
  const isInPlace = file.state === 'normal';
  const content = isInPlace ? await open(file.path) : undefined;
  let held: Uint8Array[] | undefined;
  let left = file.size;
  let length = 0;
  for await (const chunk of content ?? []) {
    // What may only go out as the package's own is held until that is known.
    if (length === 0 && !mayCarry(file.path, Buffer.from(chunk))) held = [];
    hash?.update(chunk);
    length += chunk.length;
    held?.push(chunk);
    if (held || left === 0) continue;
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
  }
  const isSame = length === file.size && (file.digest === '' || hash?.digest('hex') === file.digest);
  if (held && isSame) {
    yield* held;
    left = 0;
  }
  if (isInPlace)
    told({ file, state: content === undefined ? 'missing' : isSame ? 'same' : held ? 'withheld' : 'changed' });
  for (; left > 0; left -= Math.min(left, zeros.length)) yield zeros.subarray(0, Math.min(left, zeros.length));
}

const zeros = Buffer.alloc(1 << 16);

interface CpioFields {
  readonly inode: number;
  readonly mode: number;
  readonly mtime: number;
  readonly links: number;
  readonly size: number;
}

/** cpio(5), "New ASCII Format": 13 numbers of eight hexadecimal digits, then the name. Owners are in rpm's header. */
function cpioHeader(name: string, { inode, mode, mtime, links, size }: CpioFields): Buffer {
  const numbers = [inode, mode, 0, 0, links, mtime, size, 0, 0, 0, 0, name.length + 1, 0];
  const text = `070701${numbers.map((each) => each.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([Buffer.from(text, 'latin1'), padding(text.length)]);
}

function padding(size: number): Buffer {
  return Buffer.alloc((4 - (size % 4)) % 4);
}
