import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledProgram, type CompilePlace, compiledProgram } from '../../machines/compiled-program.js';
import { sourceFolder } from '../../package-files.js';
import { isThere } from '../../presence.js';

export const programName = 'reproman-tracer';

/** The tracer's program, or why there is none. */
export type BuiltTracer = CompiledProgram;

export interface BuildPlace extends CompilePlace {
  /** The folder with the C sources. */
  readonly sources?: string;
}

/** Finds the tracer's program: from the prebuilt package for this kind of machine, as compiled before, or compiled now. */
export async function buildTracer({ sources, ...place }: BuildPlace = {}): Promise<BuiltTracer> {
  const folder = sources ?? fileURLToPath(sourceFolder('tracing/native'));
  return compiledProgram({ name: programName, sources: folder, cacheName: 'tracer', prebuilt: findPrebuilt }, place);
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
