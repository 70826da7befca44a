import { ReproError } from '../errors.js';
import type { Shell } from '../machines/machine.js';
import type { RunConditions } from '../model/access.js';
import { limitsFor, runConditions } from './conditions.js';
import { type Lookup, lookUpProgram } from './lookup.js';
import { type NeverRan, neverRan } from './never-ran.js';
import { pathText } from './redirections.js';
import { streamsOf } from './stream-accesses.js';
import type { TraceOptions } from './tracer.js';

/** What is known of a run before it starts, whether it is traced or not. */
export interface PreparedRun {
  readonly shell: Shell;
  /** What is started, or how it ends where it never is. */
  readonly command: readonly string[] | NeverRan;
  /** What sets the limits that the command shall have and that are not ours. */
  readonly limitSetter: readonly string[];
  readonly streams: ReturnType<typeof streamsOf>;
  /** `seen`: of streams that were recorded. */
  conditions(seconds: number, seen?: RunConditions['streams']): RunConditions;
}

export async function prepareRun(argv: readonly string[], options: TraceOptions): Promise<PreparedRun> {
  const { shell, label, isLocal: local } = options.machine;
  const word = argv[0];
  if (word === undefined) throw new ReproError('usage', 'There is no command to run.');
  if (!shell) throw new ReproError('usage', `No command can run on ${label}: it has files only.`);
  const { limits, setter } = await limitsFor(options, local);
  const streams = streamsOf(options);
  const lookup = await lookUpProgram(word, options, local);
  const started = new Date();
  return {
    ...{ shell, streams, limitSetter: setter },
    command: lookup.kind === 'found' ? commandOf(argv, lookup) : neverRan(word, lookup),
    conditions: (seconds, seen = streams.streams) =>
      runConditions(argv, options, { streams: seen, limits, started, seconds, local }),
  };
}

export function isCommand(command: PreparedRun['command']): command is readonly string[] {
  return Array.isArray(command);
}

/** What is no program by its first bytes is a script of the shell. */
function commandOf(argv: readonly string[], { path, plain }: Extract<Lookup, { kind: 'found' }>): readonly string[] {
  return plain ? ['/bin/sh', pathText(path), ...argv.slice(1)] : argv;
}
