/** Seconds that work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median, and all of them. */
export function shown(values: readonly number[]): string {
  return `${median(values).toFixed(1)} s (${values.map((value) => value.toFixed(1)).join(', ')})`;
}

/** Prints a figure with its target; one that is missed ends the bench with 2. */
export function report(
  what: string,
  value: number,
  limit: { readonly most: number } | { readonly least: number },
): void {
  const isMet = 'most' in limit ? value <= limit.most : value >= limit.least;
  const target = 'most' in limit ? `at most ${limit.most}` : `at least ${limit.least}`;
  console.log(`${what} ${value.toFixed(2)}, ${target}: ${isMet ? 'met' : 'MISSED'}`);
  if (!isMet) process.exitCode = 2;
}
