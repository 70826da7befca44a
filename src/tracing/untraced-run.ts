import { ReproError } from '../errors.js';
import type { CompleteTrace } from '../model/access.js';
import { spawnOptions, withOwnStreams } from './command.js';
import { limitsFor, runConditions } from './conditions.js';
import { lookUpProgram } from './lookup.js';
import { neverRan } from './never-ran.js';
import { recordPipes } from './recorded-pipes.js';
import { pathText } from './redirections.js';
import { streamsOf } from './stream-accesses.js';
import type { TraceOptions } from './tracer.js';

/** What is known of a command without a tracer. */
export type UntracedRun = Pick<CompleteTrace, 'exit' | 'conditions'>;

/** Runs a command as a tracer would, on a machine where none can: nobody knows what it used. */
export async function runUntraced(argv: readonly string[], options: TraceOptions): Promise<UntracedRun> {
  const { machine, signal } = options;
  const { shell, isLocal: local } = machine;
  const word = argv[0];
  if (word === undefined) throw new ReproError('usage', 'There is no command to run.');
  if (!shell) throw new ReproError('usage', `No command can run on ${machine.label}: it has files only.`);
  const { limits, setter } = await limitsFor(options, local);
  const { streams } = streamsOf(options);
  const lookup = await lookUpProgram(word, options, local);
  const started = new Date();
  const conditions = (seconds: number, seen = streams) =>
    runConditions(argv, options, { streams: seen, limits, started, seconds, local });
  if (lookup.kind !== 'found') return { conditions: conditions(0), exit: neverRan(word, lookup).exit };
  const command = lookup.plain ? ['/bin/sh', pathText(lookup.path), ...argv.slice(1)] : argv;
  await using pipes = await recordPipes(options.streams ?? {}, streams);
  const begin = performance.now();
  using _running = options.whileRunning?.();
  const process = await shell.spawn(withOwnStreams([...setter, ...command], options), {
    ...spawnOptions(options),
    ...pipes.descriptors,
    ...(signal && { signal }),
  });
  const exit = await process.exited;
  signal?.throwIfAborted();
  const seconds = Math.round(performance.now() - begin) / 1000;
  return { exit, conditions: conditions(seconds, await pipes.finish(true)) };
}
