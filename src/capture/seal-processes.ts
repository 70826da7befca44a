import type { TracedProcess } from '../model/access.js';
import { maskArgv } from '../spec/secrets/argv.js';
import { filterEnvironment } from '../spec/secrets/environment.js';
import { hideValues } from '../spec/secrets/mask.js';

/** Processes and their environments as they may be written. */
export interface SealedProcesses {
  readonly processes: readonly TracedProcess[];
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Takes secrets out of what processes were given. An environment is held by its allowed variables only, and named by a
 * number: the tracer's own name for it was made of all of them.
 */
export function sealProcesses(
  from: {
    readonly processes: readonly TracedProcess[];
    readonly environments?: Readonly<Record<string, readonly string[]>>;
  },
  added: readonly string[] | undefined,
  secrets: readonly string[],
): SealedProcesses {
  const filtered = Object.entries(from.environments ?? {}).map(
    ([id, variables]) => [id, filterEnvironment(asRecord(variables), added)] as const,
  );
  const hidden = [...new Set([...secrets, ...filtered.flatMap(([, one]) => one.secrets)])].sort(
    (a, b) => b.length - a.length,
  );
  const numbers = new Map<string, string>();
  const names = new Map<string, string>();
  const environments: Record<string, Record<string, string>> = {};
  for (const [id, { environment }] of filtered) {
    const shown = Object.entries(environment).map(([name, value]) => [name, hideValues(value, hidden)] as const);
    const text = JSON.stringify(shown);
    const number = numbers.get(text) ?? String(numbers.size + 1);
    numbers.set(text, number);
    names.set(id, number);
    environments[number] = Object.fromEntries(shown);
  }
  const processes = from.processes.map(({ environment, earlier, ...process }) => {
    const name = environment === undefined ? undefined : names.get(environment);
    return {
      ...process,
      ...(earlier ? { earlier: earlier.map((argv) => maskArgv(argv, hidden).argv) } : {}),
      argv: maskArgv(process.argv, hidden).argv,
      ...(name === undefined ? {} : { environment: name }),
    };
  });
  return { processes, ...(numbers.size > 0 ? { environments } : {}) };
}

/** Variables by their names, as bytes in latin1. */
export function asRecord(variables: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap((variable) => {
      const equals = variable.indexOf('=');
      return equals > 0 ? [[variable.slice(0, equals), variable.slice(equals + 1)]] : [];
    }),
  );
}
