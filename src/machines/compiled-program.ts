import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { machine as architecture } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../errors.js';
import { findProgram, runProcess } from '../exec.js';
import { sha256 } from '../hash.js';
import { isThere } from '../presence.js';
import { cacheFolder } from '../scratch.js';

const compilers = ['cc', 'gcc', 'clang'];
/** One that needs no libraries runs in every container; where the C library has no static half, its own do. */
const kinds = [['-static'], []] as const;

/** A program of ours, or why there is none. */
export type CompiledProgram = { readonly program: string } | { readonly missing: string };

export interface CompilePlace {
  /** Where compiled programs are kept. */
  readonly cache?: string | undefined;
  /** Where compilers are looked for. */
  readonly path?: string | undefined;
}

export interface ProgramSources {
  /** Of the program, and of the folder in the cache. */
  readonly name: string;
  /** The folder with the C sources. */
  readonly sources: string;
  readonly cacheName: string;
  /** One that was made elsewhere from sources of that hash. */
  readonly prebuilt?: (hash: string) => Promise<string | undefined>;
}

/**
 * Finds a program that comes as C sources: made elsewhere, as compiled before, or compiled now. The hash of the sources
 * is its version: what was made from others is not used.
 */
export async function compiledProgram(
  { name, sources, cacheName, prebuilt }: ProgramSources,
  place: CompilePlace = {},
): Promise<CompiledProgram> {
  const files = await sourceFiles(sources);
  if (files.length === 0) return { missing: 'its sources are not in this installation' };
  const hash = await hashOf(sources, files);
  const made = await prebuilt?.(hash);
  if (made !== undefined) return { program: made };
  const folder = join(place.cache ?? join(cacheFolder(), cacheName), hash);
  const program = join(folder, name);
  if (await isThere(program)) return { program };
  const compiler = compilers.map((each) => findProgram(each, place.path)).find((found) => found !== undefined);
  if (compiler === undefined) return { missing: 'it is not compiled yet, and there is no C compiler' };
  const inputs = files.filter((each) => each.endsWith('.c')).map((each) => join(sources, each));
  return compileInto(program, folder, compiler, inputs);
}

/** What decides about the program: the sources, and the kind of machine (`uname -m`). */
export async function hashOf(sources: string, files: readonly string[], machine = architecture()): Promise<string> {
  const parts = await Promise.all(files.map(async (name) => `${name} ${sha256(await readFile(join(sources, name)))}`));
  return sha256(Buffer.from([machine, ...parts].join('\n')));
}

export async function sourceFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /\.(?:c|h|inc)$/.test(name)).sort();
}

/** Compiles under a name of its own and gives it the right one when it is whole: nobody ever sees half a program. */
async function compileInto(
  program: string,
  folder: string,
  compiler: string,
  inputs: readonly string[],
): Promise<CompiledProgram> {
  const part = join(folder, `.${randomUUID()}.part`);
  const reasons: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const kind of kinds) {
      const environment = process.env as Record<string, string>;
      const { exit, stderr } = await runProcess([compiler, '-O2', ...kind, '-o', part, ...inputs, '-lpthread'], {
        environment,
      });
      if (exit.code === 0) {
        await rename(part, program);
        return { program };
      }
      reasons.push(stderr.toString().trim().split('\n')[0] ?? '');
    }
    return { missing: `it cannot be compiled (${reasons.at(-1)})` };
  } catch (error) {
    return { missing: `it cannot be compiled (${reasonOf(error)})` };
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}
