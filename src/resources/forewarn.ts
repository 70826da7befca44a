import type { Machine } from '../machines/machine.js';
import { showPath } from '../model/file-path.js';
import type { Progress } from '../model/progress.js';
import { unplaceable } from '../planning/envelope.js';
import { hostMismatches } from '../proof/host.js';
import type { Specification } from '../spec/specification.js';

/** Says before anything is made in what the environment will not be like the origin, whatever is built. */
export async function forewarn({ manifest }: Specification, host: Machine, progress: Progress): Promise<void> {
  // What lay in memory on the origin cannot be in an environment at rest.
  const paths = unplaceable(manifest).map(showPath);
  const carried = 'carried for runs that are done again only, as every start empties the memory there';
  if (paths.length > 0) progress({ kind: 'note', message: `${carried}: ${paths.join(', ')}` });
  // A machine that is not like the origin's may be the wrong one.
  for (const message of await hostMismatches(manifest.host ?? [], host)) progress({ kind: 'note', message });
}
