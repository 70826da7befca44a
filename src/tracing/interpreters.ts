import type { Machine } from '../machines/machine.js';
import { type FilePath, joinPath, normalizePath, pathFromBytes } from '../model/file-path.js';
import { readHeads, readStart } from './heads.js';
import type { Execution } from './run-record.js';

/** What the kernel opens by itself when a program is executed. */
export interface Interpreters {
  /** Interpreters from first lines, and loaders, with the executions that need them. */
  readonly paths: ReadonlyMap<FilePath, readonly FilePath[]>;
  /** Programs whose interpreters could not be found out, with the reason. */
  readonly unknown: ReadonlyMap<FilePath, string>;
}

/** The kernel follows this many first lines, one after the other (`fs/exec.c`). */
const depthLimit = 4;

/** Finds the interpreters named by first lines (`#!`) and the loaders named by ELF headers (PT_INTERP). */
export async function findInterpreters(
  machine: Machine,
  executions: Iterable<Execution>,
  signal?: AbortSignal,
): Promise<Interpreters> {
  const paths = new Map<FilePath, FilePath[]>();
  const unknown = new Map<FilePath, string>();
  const seen = new Set<FilePath>();
  /** The program that was executed, for what a first line leads to. */
  let round: readonly (Execution & { readonly program: FilePath })[] = [...executions].map((each) => ({
    ...each,
    program: each.path,
  }));
  for (let depth = 0; depth <= depthLimit && round.length > 0; depth++) {
    const fresh = round.filter(({ path }) => !seen.has(path));
    for (const { path } of fresh) seen.add(path);
    const { heads, unreadable } = await readHeads(
      machine,
      fresh.map(({ path }) => path),
      signal,
    );
    for (const [path, reason] of unreadable) unknown.set(path, reason);
    const next: (typeof round)[number][] = [];
    for (const { path, cwd, program } of fresh) {
      const head = heads.get(path);
      const found = head && (await interpreterOf(machine, path, head));
      if (found === undefined) continue;
      const interpreter = normalizePath(joinPath(cwd, found));
      const known = paths.get(interpreter);
      if (known) known.push(program);
      else paths.set(interpreter, [program]);
      next.push({ path: interpreter, cwd, program });
    }
    round = next;
  }
  return { paths, unknown };
}

async function interpreterOf(machine: Machine, path: FilePath, head: Buffer): Promise<FilePath | undefined> {
  if (head[0] === 0x23 && head[1] === 0x21) return firstLineInterpreter(head);
  const segment = loaderSegment(head);
  if (!segment) return undefined;
  const end = segment.offset + segment.size;
  const bytes = end <= head.length ? head : await readStart(machine, path, end);
  const name = bytes.subarray(segment.offset, end);
  const zero = name.indexOf(0);
  return pathFromBytes(zero < 0 ? name : name.subarray(0, zero));
}

/** `#!`, blanks, the interpreter up to a blank or the end of the line. */
export function firstLineInterpreter(head: Buffer): FilePath | undefined {
  const line = head.toString('latin1', 2, 258).split('\n', 1)[0] ?? '';
  const name = line.trimStart().split(/[ \t\0]/, 1)[0];
  return name ? (name as FilePath) : undefined;
}

/** Where an ELF file names its loader. Format: elf(5), program header of type PT_INTERP (3). */
export function loaderSegment(head: Buffer): { readonly offset: number; readonly size: number } | undefined {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const wide = head[4] === 2;
  const little = head[5] === 1;
  const read16 = (at: number) => (little ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const read32 = (at: number) => (little ? head.readUInt32LE(at) : head.readUInt32BE(at));
  const readWord = (at: number) => {
    if (!wide) return read32(at);
    return Number(little ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at));
  };
  const table = readWord(wide ? 32 : 28);
  const entrySize = read16(wide ? 54 : 42);
  const count = read16(wide ? 56 : 44);
  for (let at = table, n = 0; n < count && at + entrySize <= head.length; at += entrySize, n++) {
    if (read32(at) !== 3) continue;
    return { offset: readWord(at + (wide ? 8 : 4)), size: readWord(at + (wide ? 32 : 16)) };
  }
  return undefined;
}
