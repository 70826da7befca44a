import { showBytes } from '../../model/sizes.js';
import { line, showRuns } from '../summary-text.js';
import type { Merged } from './merge.js';

/** What a person reads after specs were put together. */
export function formatMerged({ manifest, folder, size, runs, distributions, conflicts }: Merged): string {
  return [
    manifest,
    line('runs', showRuns(runs)),
    ...distributions.map(({ name, packages }) => line('packages', `${name}: ${packages} with all that they need`)),
    ...conflicts.map((conflict) => line('conflict', conflict)),
    line('kept', `${folder} (${showBytes(size)})`),
  ].join('\n');
}
