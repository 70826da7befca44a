import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { machine as architecture } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../errors.js';
import { findProgram, runProcess } from '../../exec.js';
import { sha256 } from '../../hash.js';
import { sourceFolder } from '../../package-files.js';
import { isThere } from '../../presence.js';
import { cacheFolder } from '../../scratch.js';

export const programName = 'reproman-tracer';
const compilers = ['cc', 'gcc', 'clang'];
/** One that needs no libraries runs in every container; where the C library has no static half, its own do. */
const kinds = [['-static'], []] as const;

/** The tracer's program, or why there is none. */
export type BuiltTracer = { readonly program: string } | { readonly missing: string };

export interface BuildPlace {
  /** The folder with the C sources. */
  readonly sources?: string;
  /** Where compiled programs are kept. */
  readonly cache?: string;
  /** Where compilers are looked for. */
  readonly path?: string;
}

/**
 * Finds the tracer's program: from the prebuilt package for this kind of machine, as compiled before, or compiled now.
 * The hash of the sources is its version: what was made from others is not used.
 */
export async function buildTracer(place: BuildPlace = {}): Promise<BuiltTracer> {
  const { sources = fileURLToPath(sourceFolder('tracing/native')) } = place;
  const files = await sourceFiles(sources);
  if (files.length === 0) return { missing: 'its sources are not in this installation' };
  const hash = await hashOf(sources, files);
  const prebuilt = await findPrebuilt(hash);
  if (prebuilt !== undefined) return { program: prebuilt };
  const folder = join(place.cache ?? join(cacheFolder(), 'tracer'), hash);
  const program = join(folder, programName);
  if (await isThere(program)) return { program };
  const compiler = compilers.map((name) => findProgram(name, place.path)).find((found) => found !== undefined);
  if (compiler === undefined) return { missing: 'it is not compiled yet, and there is no C compiler' };
  const inputs = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  return compileInto(folder, compiler, inputs);
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
async function compileInto(folder: string, compiler: string, inputs: readonly string[]): Promise<BuiltTracer> {
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
        const program = join(folder, programName);
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

/** Of the optional dependency for this kind of machine, if it was installed and made from the same sources. */
async function findPrebuilt(hash: string): Promise<string | undefined> {
  try {
    const manifest = createRequire(import.meta.url).resolve(`@reproman/tracer-linux-${process.arch}/package.json`);
    const { sources } = JSON.parse(await readFile(manifest, 'utf8')) as { sources?: unknown };
    const program = join(dirname(manifest), programName);
    return sources === hash && (await isThere(program)) ? program : undefined;
  } catch {
    // It is not installed, or not whole: the program is compiled.
    return undefined;
  }
}
