import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, type RunOptions, type RunResult, run } from '../run.js';
import { type NativeFacts, nativeFacts } from './native-facts.js';

const folder = fileURLToPath(new URL('../../../src/tracing/native/', import.meta.url));

export type Layer = 'ptrace' | 'notify';

/** Compiles the tracer from its sources, as the product does on first use; `options` are further ones of the compiler. */
export async function buildTracer(output: string, ...options: readonly string[]): Promise<string> {
  await must(['cc', '-O2', ...options, '-o', output, ...tracerSources(), '-lpthread']);
  return output;
}

export function tracerSources(): string[] {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return sources.sort().map((name) => `${folder}${name}`);
}

/** Compiles a program of the fixtures. */
export async function buildFixture(name: string, output: string, ...options: readonly string[]): Promise<string> {
  await must(['cc', '-O1', '-w', ...options, '-o', output, fixtureSource(name), '-lpthread']);
  return output;
}

export function fixtureSource(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tracing/${name}.c`, import.meta.url));
}

/** Which layers the kernel of this machine has. */
export async function layersHere(tracer: string): Promise<readonly Layer[]> {
  const { code } = await run([tracer, '--log', '/dev/null', '--layer', 'notify', '--', 'true']);
  return code === 0 ? ['ptrace', 'notify'] : ['ptrace'];
}

/** A folder for the files of a test, with the tracer in it. */
export interface Workshop extends Disposable {
  readonly folder: string;
  readonly tracer: string;
  readonly layers: readonly Layer[];
  at(name: string): string;
  /** Runs a command under trace in the folder; `before` is put in front of the tracer. */
  trace(
    layer: Layer,
    argv: readonly string[],
    options?: RunOptions & { readonly before?: readonly string[] },
  ): Promise<Traced>;
}

export interface Traced extends RunResult {
  readonly read: NativeFacts;
}

export async function openWorkshop(...options: readonly string[]): Promise<Workshop> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'native-')));
  const at = (name: string) => join(folder, name);
  const tracer = await buildTracer(at('tracer'), ...options);
  const layers = await layersHere(tracer);
  return {
    folder,
    tracer,
    layers,
    at,
    async trace(layer, argv, { before = [], ...runOptions } = {}) {
      const log = at('log');
      rmSync(log, { force: true });
      const ran = await run(
        ['timeout', '--kill-after=1', '100', ...before, tracer, '--log', log, '--layer', layer, '--', ...argv],
        { cwd: folder, ...runOptions },
      );
      return { ...ran, read: nativeFacts(readFileSync(log, 'latin1')) };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
