import { loadDistribution } from '../distributions/load.js';
import { reasonOf } from '../errors.js';
import { debug } from '../log.js';
import type { Machine } from '../machines/machine.js';
import type { ManifestRun } from '../spec/document/schema.js';
import type { Specification } from '../spec/specification.js';

/**
 * Lets the distributions set right what cannot be right in a copy, as the user of the run. A step that fails changes
 * nothing: what it was for is then a difference of the run, and told as one.
 */
export async function setRight({ shell, label }: Machine, { lock }: Specification, run: ManifestRun): Promise<void> {
  const { uid = 0, gid = 0, groups = [] } = run.user ?? {};
  for (const half of lock?.distributions ?? []) {
    const module = await loadDistribution(half.name);
    for (const { argv, cwd, environment } of module?.beforeRun?.(module.lockSchema.parse(half)) ?? []) {
      const options = { ...(cwd && { cwd }), ...(environment && { environment }), user: { uid, gid, groups } };
      try {
        await shell?.run(argv, options);
      } catch (error) {
        debug('%s: %s before the run: %s', label, argv.join(' '), reasonOf(error));
      }
    }
  }
}
