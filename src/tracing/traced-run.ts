import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { CompleteTrace, Exit } from '../model/access.js';
import { attach } from './attached-run.js';
import { runCommand } from './command.js';
import { limitsFor, runConditions } from './conditions.js';
import type { Engine } from './engine.js';
import { lookUpProgram } from './lookup.js';
import { neverRan } from './never-ran.js';
import { recordPipes } from './recorded-pipes.js';
import { pathText } from './redirections.js';
import type { RunRecord } from './run-record.js';
import { settleRun } from './settled-run.js';
import { openSite } from './site.js';
import { streamsOf } from './stream-accesses.js';
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
  const { shell } = machine;
  const word = argv[0];
  if (word === undefined) throw new ReproError('usage', 'There is no command to trace.');
  if (!shell) throw new ReproError('usage', `No command can run on ${machine.label}: it has files only.`);
  const local = machine.isLocal;
  const tracer = { name: engine.name, version: await engine.version() };
  const limits = await limitsFor(options, local);
  const streams = streamsOf(options);
  const lookup = await lookUpProgram(word, options, local);
  const started = new Date();
  const conditions = (seconds: number, seen = streams.streams) =>
    runConditions(argv, options, { streams: seen, limits: limits.limits, started, seconds, local });
  if (lookup.kind !== 'found') return { tracer, conditions: conditions(0), ...neverRan(word, lookup) };

  await using site = await openSite(await engine.program(), shell, options);
  const command = lookup.plain ? ['/bin/sh', pathText(lookup.path), ...argv.slice(1)] : argv;
  await using pipes = await recordPipes(options.streams ?? {}, streams.streams);
  const { exit, seconds, isOver } = await runCommand(command, {
    ...{ engine, site, shell, options, local },
    limitSetter: limits.setter,
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
