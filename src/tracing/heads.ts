import { codeOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { resolveMany } from '../machines/ways.js';
import type { FilePath } from '../model/file-path.js';

/** Enough for the first line of a script and the headers of nearly every program. */
const headSize = 4096;

export interface Heads {
  readonly heads: ReadonlyMap<FilePath, Buffer>;
  /** Why the others could not be read: a system error code. */
  readonly unreadable: ReadonlyMap<FilePath, string>;
}

/** The first bytes of many programs; through a shell in one process for all of them. */
export async function readHeads(machine: Machine, paths: readonly FilePath[], signal?: AbortSignal): Promise<Heads> {
  const ways = await resolveMany(machine.files, paths, { signal });
  const heads = new Map<FilePath, Buffer>();
  const unreadable = new Map<FilePath, string>();
  const files: { readonly path: FilePath; readonly real: FilePath; readonly size: number }[] = [];
  for (const path of paths) {
    const { path: real, end } = ways.resolve(path);
    const entry = ways.entry(real);
    if (end === 'found' && entry?.type === 'file') files.push({ path, real, size: Math.min(entry.size, headSize) });
    else unreadable.set(path, 'ENOENT');
  }
  const together = await readTogether(machine, files);
  for (const [at, { path, real }] of files.entries()) {
    const head =
      together?.[at] ??
      (await readStart(machine, real, headSize).catch((error: unknown) => codeOrThrow(error, signal)));
    if (typeof head === 'string') unreadable.set(path, head);
    else heads.set(path, head);
  }
  return { heads, unreadable };
}

/** One unreadable file is a fact about that file; a stop or a broken connection is not. */
function codeOrThrow(error: unknown, signal: AbortSignal | undefined): string {
  signal?.throwIfAborted();
  const code = codeOf(error);
  if (code === undefined || code === 'ABORT_ERR') throw error;
  return code;
}

/** The first `length` bytes of one file. */
export async function readStart(machine: Machine, path: FilePath, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of machine.files.stream(path)) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}

/** head(1) gives all of them one after the other; the sizes, which are known, say where each ends. */
async function readTogether(
  machine: Machine,
  files: readonly { readonly real: FilePath; readonly size: number }[],
): Promise<Buffer[] | undefined> {
  const { shell } = machine;
  if (!shell || files.length < 2 || machine.isLocal) return undefined;
  const input = Buffer.from(files.map(({ real }) => `${real}\0`).join(''), 'latin1');
  const { stdout } = await shell.run(['xargs', '-0', 'head', '-q', '-c', String(headSize), '--'], { input });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (stdout.length !== total) return undefined;
  let at = 0;
  return files.map(({ size }) => {
    at += size;
    return stdout.subarray(at - size, at);
  });
}
