import { ReproError } from '../../errors.js';
import { runProcess } from '../../exec.js';
import type { EngineFiles } from '../engine.js';
import { shellVariables } from '../redirections.js';
import { tracerWith } from '../traced-run.js';
import { type AttachOptions, defaultPatience, type TraceOptions } from '../tracer.js';
import { readNativeLog, rootOf } from './reader.js';
import { checkNative, nativeTracer } from './readiness.js';

/** Our own tracer: a program in C that sees every use of a file and costs little. */
export const native = tracerWith({
  name: 'native',
  check: checkNative,
  version: async () => (await runProcess([await program(), '--version'])).stdout.toString().trim(),
  program,
  arguments: nativeArguments,
  attachArguments: (files, pid, options) => [...howToTrace(files, options), '--pid', String(pid)],
  rootOf,
  waitsItself: true,
  read: readNativeLog,
});

async function program(): Promise<string> {
  const found = await nativeTracer();
  if ('program' in found) return found.program;
  throw new ReproError('not-ready', `There is no native tracer: ${found.missing}.`);
}

/** The tracer's arguments up to the command. */
export function nativeArguments(files: EngineFiles, options: TraceOptions): string[] {
  return [...howToTrace(files, options), ...shellVariables(options.environment), '--'];
}

function howToTrace({ log, kept }: EngineFiles, options: AttachOptions): string[] {
  const { exact = false, wait = defaultPatience, keep, onProgress, machine } = options;
  return [
    ...['--log', log],
    ...(exact ? ['--exact'] : []),
    ...(keep && kept !== undefined ? ['--kept', kept, '--keep-limit', String(keep.limit)] : []),
    ...['--wait', String(wait)],
    ...(onProgress && machine.isLocal ? ['--progress', '3'] : []),
  ];
}
