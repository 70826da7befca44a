import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { codeOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { resolveMany } from '../machines/ways.js';
import { type FilePath, joinPath, pathFromText, pathToBytes } from '../model/file-path.js';
import type { TraceOptions } from './tracer.js';

/** What execvp would make of a command's first word. */
export type Lookup =
  | {
      readonly kind: 'found';
      readonly path: FilePath;
      /** Neither a program nor a `#!` script. */
      readonly plain: boolean;
    }
  | { readonly kind: 'not-executable'; readonly path: FilePath }
  | { readonly kind: 'not-found'; readonly tried: readonly FilePath[] };

export type LookupOptions = Pick<TraceOptions, 'machine' | 'cwd' | 'environment' | 'user'>;

type Check = (path: FilePath) => 'executable' | 'not-executable' | 'missing';

/** Where nothing is said, libc's search path. */
const defaultPath = '/bin:/usr/bin';

/** Finds the program as execvp does, before anything runs: so that not found and not executable are told apart. */
export async function lookUpProgram(word: string, options: LookupOptions, local: boolean): Promise<Lookup> {
  const candidates = candidatesOf(word, options);
  const check = local && options.user === undefined ? checkHere : await checkOn(options.machine, candidates);
  let refused: FilePath | undefined;
  for (const path of candidates) {
    const state = check(path);
    if (state === 'executable') return { kind: 'found', path, plain: local && isPlain(path) };
    if (state === 'not-executable') refused ??= path;
  }
  return refused === undefined ? { kind: 'not-found', tried: candidates } : { kind: 'not-executable', path: refused };
}

function candidatesOf(word: string, { cwd, environment }: LookupOptions): FilePath[] {
  if (word === '') return [];
  if (word.includes('/')) return [joinPath(cwd, pathFromText(word))];
  const folders = (environment['PATH'] ?? defaultPath).split(':');
  return folders.map((folder) => joinPath(joinPath(cwd, pathFromText(folder)), pathFromText(word)));
}

function checkHere(path: FilePath): ReturnType<Check> {
  try {
    if (!statSync(pathToBytes(path)).isFile()) return 'not-executable';
  } catch (error) {
    // As execvp has it, which goes on looking and says EACCES in the end.
    return codeOf(error) === 'EACCES' ? 'not-executable' : 'missing';
  }
  try {
    accessSync(pathToBytes(path), constants.X_OK);
    return 'executable';
  } catch {
    return 'not-executable';
  }
}

async function checkOn(machine: Machine, candidates: readonly FilePath[]): Promise<Check> {
  const ways = await resolveMany(machine.files, candidates);
  return (path) => {
    const end = ways.resolve(path);
    if (end.end !== 'found') return 'missing';
    const entry = ways.entry(end.path);
    return entry?.type === 'file' && (entry.mode & 0o111) !== 0 ? 'executable' : 'not-executable';
  };
}

/** What the kernel refuses with ENOEXEC and execvp then gives to the shell: text without a first line `#!`. */
function isPlain(path: FilePath): boolean {
  const head = Buffer.alloc(128);
  try {
    const file = openSync(pathToBytes(path), 'r');
    try {
      const size = readSync(file, head, 0, head.length, 0);
      return !head.subarray(0, size).includes(0) && head.toString('latin1', 0, 2) !== '#!';
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
