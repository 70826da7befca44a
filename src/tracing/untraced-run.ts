import type { CompleteTrace } from '../model/access.js';
import { spawnOptions, withOwnStreams } from './command.js';
import { isCommand, prepareRun } from './prepared-run.js';
import { recordPipes } from './recorded-pipes.js';
import type { TraceOptions } from './tracer.js';

/** What is known of a command without a tracer. */
export type UntracedRun = Pick<CompleteTrace, 'exit' | 'conditions'>;

/** Runs a command as a tracer would, on a machine where none can: nobody knows what it used. */
export async function runUntraced(argv: readonly string[], options: TraceOptions): Promise<UntracedRun> {
  const { signal } = options;
  const { shell, command, limitSetter, streams, conditions } = await prepareRun(argv, options);
  if (!isCommand(command)) return { conditions: conditions(0), exit: command.exit };
  await using pipes = await recordPipes(options.streams ?? {}, streams.streams);
  const begin = performance.now();
  using _running = options.whileRunning?.();
  const process = await shell.spawn(withOwnStreams([...limitSetter, ...command], options), {
    ...spawnOptions(options),
    ...pipes.descriptors,
    ...(signal && { signal }),
  });
  const exit = await process.exited;
  signal?.throwIfAborted();
  const seconds = Math.round(performance.now() - begin) / 1000;
  return { exit, conditions: conditions(seconds, await pipes.finish(true)) };
}
