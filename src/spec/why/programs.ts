import type { ProgramOfRun, TracedProcess } from '../../model/access.js';
import type { RecordedTrace } from '../specification.js';

/** A program of a run: its command line, and how it came to run. */
export interface ProgramStep {
  readonly argv: readonly string[];
  /** How it began: `executed` takes the place of the one after it, `started` runs beside it; the last is the run's own. */
  readonly how: 'executed' | 'started' | 'traced';
}

/** A program, what it came from, and so on up to the traced command. */
export type ProgramChain = readonly ProgramStep[];

/** How a program of the run came about; `undefined` where the trace names no such. */
export function chainOf({ processes }: Pick<RecordedTrace, 'processes'>, program: ProgramOfRun): ProgramChain {
  const steps: ProgramStep[] = [];
  let at: ProgramOfRun | undefined = program;
  while (at !== undefined) {
    const [index, exec]: ProgramOfRun = at;
    const process: TracedProcess | undefined = processes[index];
    if (process === undefined) break;
    const { startedBy } = process;
    const isTraced = startedBy === undefined && exec <= 1;
    // What has executed nothing yet is a copy of what started it.
    if (exec > 0 || isTraced) {
      const how = exec > 1 ? 'executed' : isTraced ? 'traced' : 'started';
      steps.push({ argv: commandOf(process, exec), how });
    }
    at = exec > 1 ? [index, exec - 1] : startedBy;
  }
  return steps;
}

/** The command line of a process at one of its execs. */
function commandOf({ argv, earlier = [] }: TracedProcess, exec: number): readonly string[] {
  return exec === 0 ? (earlier[0] ?? argv) : ([...earlier, argv][exec - 1] ?? argv);
}
