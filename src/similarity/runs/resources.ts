import type { RecordedTrace } from '../../spec/specification.js';

/** One resource as two runs used it; `ratio` is the smaller by the larger, 1 where neither used any. */
interface Used {
  readonly one: number;
  readonly other: number;
  readonly ratio: number;
}

/** What two runs took of their machines: no two runs take the same, so it is part of no score. */
export interface Resources {
  /** Seconds, of all processes. */
  readonly cpu?: Used;
  /** Peak resident memory of the largest process, in bytes. */
  readonly peak?: Used;
  /** Bytes, of all processes. */
  readonly read?: Used;
  readonly written?: Used;
  /** Seconds from begin to end. */
  readonly time: Used;
  readonly processes: Used;
}

export function compareResources(one: readonly RecordedTrace[], other: readonly RecordedTrace[]): Resources {
  const [a, b] = [totalsOf(one), totalsOf(other)];
  const pair = (name: 'cpu' | 'peak' | 'read' | 'written') => {
    const [left, right] = [a[name], b[name]];
    return left !== undefined && right !== undefined && { [name]: used(left, right) };
  };
  return {
    ...pair('cpu'),
    ...pair('peak'),
    ...pair('read'),
    ...pair('written'),
    time: used(a.time, b.time),
    processes: used(a.processes, b.processes),
  };
}

function used(one: number, other: number): Used {
  const larger = Math.max(one, other);
  return { one, other, ratio: larger === 0 ? 1 : Math.min(one, other) / larger };
}

function totalsOf(traces: readonly RecordedTrace[]) {
  const processes = traces.flatMap((trace) => trace.processes);
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  const sum = (values: readonly (number | undefined)[]) =>
    known(values).length === 0 ? undefined : known(values).reduce((total, value) => total + value, 0);
  const peaks = known(processes.map(({ usage }) => usage?.peak));
  return {
    cpu: sum(processes.flatMap(({ usage }) => [usage?.user, usage?.system])),
    peak: peaks.length === 0 ? undefined : peaks.reduce((most, peak) => Math.max(most, peak)),
    read: sum(processes.map(({ usage }) => usage?.read)),
    written: sum(processes.map(({ usage }) => usage?.written)),
    time: traces.reduce((total, { conditions }) => total + conditions.seconds, 0),
    processes: processes.length,
  };
}
