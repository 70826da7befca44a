import type { FileEntry, FileType } from '../../model/file-entry.js';
import { type FilePath, pathFromBytes } from '../../model/file-path.js';
import { outputOf, placeOf, recordsOf, type ShellTools } from './tools.js';

/**
 * `stat -c` of BusyBox and toybox: mode in hexadecimal, ids, size, time, name. It escapes nothing, so the name that was
 * asked for, the size of a link's target and two slashes, which no name ends in, say where a record ends.
 */
const stat = ['stat', '-c', '%f %u %g %s %Y %N//', '--'];

const factsPattern = /([0-9a-f]+) (\d+) (\d+) (\d+) (-?\d+) /y;

/** lstat of names that lead to places, where `find` cannot tell more than names. */
export async function* statEntries(
  tools: ShellTools,
  names: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<FileEntry> {
  const pieces: Buffer[] = [];
  for await (const piece of outputOf(tools, stat, names, signal)) pieces.push(piece);
  const text = pathFromBytes(Buffer.concat(pieces));
  let at = 0;
  for (const name of names) {
    factsPattern.lastIndex = at;
    const [all = '', mode = '', uid, gid, size, time = ''] = factsPattern.exec(text) ?? [];
    if (all === '') return;
    const type = typeOf(mode);
    const record = recordAt(text, at + all.length, name, type === 'symlink' ? Number(size) : undefined);
    if (record === undefined) continue;
    at = record.end;
    yield {
      path: placeOf(tools, name),
      type,
      mode: Number.parseInt(mode, 16) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      size: type === 'file' ? Number(size) : 0,
      // toybox writes what is before 1970 without its sign.
      mtime: Number(BigInt.asIntN(64, BigInt(time))),
      ...(record.target === undefined ? {} : { target: record.target }),
    };
  }
}

/** The names that `find` prints, each ended by NUL. */
export async function findNames(
  tools: ShellTools,
  tool: readonly string[],
  names: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  for await (const [name] of recordsOf(outputOf(tools, tool, names, signal), 1)) if (name) found.push(name);
  return found;
}

/** The record of a name, or undefined where the next one is of another. */
function recordAt(
  text: string,
  start: number,
  name: string,
  targetSize: number | undefined,
): { readonly end: number; readonly target?: FilePath } | undefined {
  // BusyBox quotes the name of a link, toybox does not; both quote the target.
  const quote = targetSize !== undefined && !text.startsWith(name, start) ? (text[start] ?? '') : '';
  if (!text.startsWith(quote + name, start)) return undefined;
  const nameEnd = start + name.length + 2 * quote.length;
  if (targetSize === undefined) {
    return text.startsWith('//\n', nameEnd) ? { end: nameEnd + 3 } : undefined;
  }
  if (!text.startsWith(' -> ', nameEnd)) return undefined;
  const targetStart = nameEnd + 5;
  const bySize = targetStart + targetSize + 1;
  // Links of the kernel's own do not say how long they are.
  const slashes = text.startsWith('//\n', bySize) ? bySize : text.indexOf('//\n', targetStart);
  return { end: slashes + 3, target: text.slice(targetStart, slashes - 1) as FilePath };
}

const kinds: ReadonlyMap<number, FileType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o060000, 'block'],
]);

function typeOf(mode: string): FileType {
  return kinds.get(Number.parseInt(mode, 16) & 0o170000) ?? 'character';
}
