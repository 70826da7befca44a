import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { CompleteTrace, Exit } from '../model/access.js';
import { attach } from './attached-run.js';
import { runCommand } from './command.js';
import type { Engine } from './engine.js';
import { isCommand, prepareRun } from './prepared-run.js';
import { recordPipes } from './recorded-pipes.js';
import type { RunRecord } from './run-record.js';
import { settleRun } from './settled-run.js';
import { openSite } from './site.js';
import type { TraceOptions, Tracer } from './tracer.js';

/** The tracer that an engine makes: all but the engine's own program and log is the same for every one. */
export function tracerWith(engine: Engine): Tracer {
  const { name, check, attachArguments } = engine;
  return {
    name,
    check,
    trace: (argv, options) => trace(engine, argv, options),
    ...(attachArguments ? { attach: (pid, options) => attach({ ...engine, attachArguments }, pid, options) } : {}),
  };
}

async function trace(engine: Engine, argv: readonly string[], options: TraceOptions): Promise<CompleteTrace> {
  const { machine } = options;
  const tracer = { name: engine.name, version: await engine.version() };
  const { shell, command, limitSetter, streams, conditions } = await prepareRun(argv, options);
  if (!isCommand(command)) return { tracer, conditions: conditions(0), ...command };

  await using site = await openSite(await engine.program(), shell, options);
  await using pipes = await recordPipes(options.streams ?? {}, streams.streams);
  const { exit, seconds, isOver } = await runCommand(command, {
    ...{ engine, site, shell, options, limitSetter, local: machine.isLocal },
    descriptors: pipes.descriptors,
  });
  const run = await engine.read(site.read(), options.cwd, options.signal);
  const seen = await pipes.finish(isOver && run.processes.running === 0);
  refuseEmpty(engine, run, exit, machine);
  const facts = { site, machine, options, exit, argv, uid: options.user?.uid, redirected: streams.accesses };
  return {
    tracer,
    conditions: conditions(seconds, seen),
    exit: run.processes.rootExit ?? exit,
    ...(await settleRun(run, facts)),
  };
}

/** A tracer says on its own standard error why it could not begin; nothing is in the log then. */
function refuseEmpty(engine: Engine, run: RunRecord, exit: Exit, machine: Machine): void {
  if (run.processes.list().length > 0) return;
  throw new ReproError(
    'not-ready',
    `The ${engine.name} tracer could not start the command on ${machine.label} (it ended with ${exit.code}).`,
    {
      remedy: 'Its message above says why; ptrace must be allowed, and no other tracer may be attached.',
    },
  );
}
