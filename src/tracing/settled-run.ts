import type { Machine } from '../machines/machine.js';
import type { Access, Exit, Trace } from '../model/access.js';
import { hardToRepeat } from './hard-to-repeat.js';
import { notesOnRun } from './notes.js';
import type { RunRecord } from './run-record.js';
import { settleAccesses } from './settle.js';
import type { Site } from './site.js';
import { withStreamAccesses } from './stream-accesses.js';
import type { AttachOptions } from './tracer.js';

export interface SettlingFacts {
  readonly site: Site;
  readonly machine: Machine;
  readonly options: Pick<AttachOptions, 'keep' | 'signal'>;
  /** How the tracer itself ended. */
  readonly exit: Exit;
  readonly argv: readonly string[];
  /** The user the command ran as, where it is not ours. */
  readonly uid?: number | undefined;
  readonly attached?: true;
  /** What redirections stand for. */
  readonly redirected: readonly Access[];
}

/** All of a trace that is known only when the log was read: the machine is asked for what the log does not say. */
export async function settleRun(
  run: RunRecord,
  facts: SettlingFacts,
): Promise<Pick<Trace, 'accesses' | 'processes' | 'touched' | 'environments' | 'connections' | 'notes'>> {
  const { site, machine, options, exit, argv, uid, attached, redirected } = facts;
  if ([...run.before.values()].some(({ kept }) => kept !== undefined)) await site.collect();
  const settled = await settleAccesses(run, {
    machine,
    born: (paths) => site.born(paths, site.log),
    own: site.own,
    ...(options.keep ? { kept: options.keep.folder } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const processes = run.processes.list();
  const about = { exit, machine, argv, ...(uid === undefined ? {} : { uid }), ...(attached ? { attached } : {}) };
  return {
    accesses: withStreamAccesses(settled, redirected),
    processes,
    touched: run.touched(),
    ...(run.environments.size > 0 ? { environments: Object.fromEntries(run.environments) } : {}),
    connections: run.outsideConnections(),
    notes: [...(await notesOnRun(run, about)), ...hardToRepeat({ accesses: settled, drawing: run.drawing, processes })],
  };
}
