import type { ManifestRun } from '../document/schema.js';

/**
 * Runs in groups, each in the order of the spec: those that went on where others had ended, or used what they had made,
 * need the same place.
 */
export function chainsOf(runs: readonly ManifestRun[]): ManifestRun[][] {
  let chains: ManifestRun[][] = [];
  for (const run of runs) {
    const needed = new Set([run.after, ...run.inputs.map(({ from }) => from)]);
    const isNeeded = (chain: readonly ManifestRun[]) => chain.some(({ id }) => needed.has(id));
    const joined = [...chains.filter(isNeeded).flat(), run].sort((a, b) => runs.indexOf(a) - runs.indexOf(b));
    chains = [...chains.filter((chain) => !isNeeded(chain)), joined];
  }
  return chains;
}
