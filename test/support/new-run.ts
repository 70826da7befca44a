import { dropTrees } from './roots.js';

/** Before the first test: what an earlier run of the tests built is no proof of what this one builds. */
export default function newRun(): void {
  for (const layer of ['bare', 'finished'] as const) dropTrees(layer);
}
