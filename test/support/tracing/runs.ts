/** What several runs of one command did: all of them, and any of them. */
export interface Runs {
  readonly stable: ReadonlySet<string>;
  readonly possible: ReadonlySet<string>;
}

/** Takes one more run together with those before it. */
export function withRun(runs: Runs | undefined, seen: ReadonlySet<string>): Runs {
  return {
    stable: runs ? new Set([...runs.stable].filter((fact) => seen.has(fact))) : seen,
    possible: new Set([...(runs?.possible ?? []), ...seen]),
  };
}

/** What all runs of one side did and none of the other: with one run of our own, everything that it lacks or adds. */
export function differences(own: Runs, strace: Runs): string[] {
  const missed = [...strace.stable].filter((fact) => !own.possible.has(fact));
  const invented = [...own.stable].filter((fact) => !strace.possible.has(fact));
  return [...missed.map((fact) => `missed: ${fact}`), ...invented.map((fact) => `invented: ${fact}`)];
}
