import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Exit, Trace } from '../../model/access.js';
import { limitsFor, runConditions } from '../conditions.js';
import { lookUpProgram } from '../lookup.js';
import { neverRan } from '../never-ran.js';
import { describeRun } from '../notes.js';
import { recordPipes } from '../recorded-pipes.js';
import type { RunRecord } from '../run-record.js';
import { settleAccesses } from '../settle.js';
import { streamsOf, withStreamAccesses } from '../stream-accesses.js';
import type { TraceOptions, Tracer } from '../tracer.js';
import { runCommand } from './command.js';
import { pathText } from './invocation.js';
import { readStraceLog } from './reader.js';
import { checkStrace, straceVersion } from './readiness.js';
import { openSite } from './site.js';

/** The tracer that runs a command under `strace -f --seccomp-bpf`. */
export const strace: Tracer = { name: 'strace', check: checkStrace, trace };

async function trace(argv: readonly string[], options: TraceOptions): Promise<Trace> {
  const { machine } = options;
  const { shell } = machine;
  const word = argv[0];
  if (word === undefined) throw new ReproError('usage', 'There is no command to trace.');
  if (!shell) throw new ReproError('usage', `No command can run on ${machine.label}: it has files only.`);
  const local = machine.isLocal;
  const tracer = { name: 'strace', version: await straceVersion() };
  const limits = await limitsFor(options, local);
  const streams = streamsOf(options);
  const lookup = await lookUpProgram(word, options, local);
  const started = new Date();
  const conditions = (seconds: number, seen = streams.streams) =>
    runConditions(argv, options, { streams: seen, limits: limits.limits, started, seconds, local });
  if (lookup.kind !== 'found') return { tracer, conditions: conditions(0), ...neverRan(word, lookup) };

  await using site = await openSite(shell, options);
  const command = lookup.plain ? ['/bin/sh', pathText(lookup.path), ...argv.slice(1)] : argv;
  await using pipes = await recordPipes(options.streams ?? {}, streams.streams);
  const { exit, seconds, isOver } = await runCommand(command, {
    ...{ site, shell, options, local },
    limitSetter: limits.setter,
    descriptors: pipes.descriptors,
  });
  const seen = await pipes.finish(isOver);
  const run = await readStraceLog(site.read(), options.cwd, options.signal);
  refuseEmpty(run, exit, machine);
  const settled = await settleAccesses(run, {
    machine,
    born: (paths) => site.born(paths, site.log),
    own: site.own,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return {
    tracer,
    conditions: conditions(seconds, seen),
    exit: run.processes.rootExit ?? exit,
    accesses: withStreamAccesses(settled, streams.accesses),
    processes: run.processes.list(),
    connections: run.outsideConnections(),
    notes: await describeRun(run, { exit, machine, argv, ...(options.user ? { uid: options.user.uid } : {}) }),
  };
}

/** strace says on its own standard error why it could not begin; nothing is in the log then. */
function refuseEmpty(run: RunRecord, exit: Exit, machine: Machine): void {
  if (run.processes.list().length > 0) return;
  throw new ReproError(
    'not-ready',
    `strace could not start the command on ${machine.label} (it ended with ${exit.code}).`,
    {
      remedy: 'Its message above says why; ptrace must be allowed, and no other tracer may be attached.',
    },
  );
}
