import { spawnSync } from 'node:child_process';

/** Paths of this machine's own /usr; where it has fewer, again below other folders. The same ones each time. */
export function pathsOfMachine(count: number): string[] {
  const { stdout } = spawnSync('find', ['/usr', '-xdev', '-print0'], { encoding: 'latin1', maxBuffer: 1 << 30 });
  const found = stdout.split('\0').slice(0, -1).sort().slice(0, count);
  const paths = [...found];
  for (let copy = 1; paths.length < count; copy++) {
    for (const path of found.slice(0, count - paths.length)) paths.push(`/srv/${copy}${path}`);
  }
  return paths;
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    // Numerical Recipes' constants.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A list as `container-diff analyze --type=file --json` prints it. */
export function containerDiffJson(rows: readonly { readonly Name: string; readonly Size: number }[]): string {
  return JSON.stringify([{ Image: 'bench', AnalyzeType: 'File', Analysis: rows }], undefined, 2);
}

/** Milliseconds of the processor that work takes in this process. */
export function processorTime<T>(work: () => T): { readonly milliseconds: number; readonly result: T } {
  const before = process.cpuUsage();
  const result = work();
  return { milliseconds: process.cpuUsage(before).user / 1000, result };
}
