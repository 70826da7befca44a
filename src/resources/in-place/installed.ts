import { baseOf } from '../../distributions/base-of.js';
import { loadDistribution } from '../../distributions/load.js';
import { ReproError } from '../../errors.js';
import { listIfThere, readIfThere } from '../../machines/if-there.js';
import type { Machine } from '../../machines/machine.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { Base } from '../../packaging/base-system.js';
import type { InstalledVersion } from '../../packaging/distribution.js';

const asked = ['distribution', 'release', 'architecture', 'layout'] as const;

/** What a host is instead of what an environment stands on cannot be changed in it. */
export async function requireBaseOf(wanted: Base, host: Machine): Promise<void> {
  const found = await baseOf(host);
  const differing = asked.filter((key) => found?.[key] !== wanted[key]);
  if (differing.length === 0) return;
  const words = (base: Base) => differing.map((key) => base[key]).join(', ');
  const is = found ? `is ${words(found)}` : 'has no distribution that reproman knows';
  throw unfit(`${host.label} ${is}, and the environment is of ${words(wanted)}`);
}

/** Of packages those that a host lacks. One that it has at another version is neither replaced nor gone round. */
export async function missingPackages(
  packages: readonly PlannedPackage[],
  { files, label }: Machine,
): Promise<PlannedPackage[]> {
  const tree = {
    read: (path: Parameters<typeof files.read>[0]) => readIfThere(files, path),
    list: (path: Parameters<typeof files.list>[0]) => listIfThere(files, path),
  };
  const readers = new Map<string, InstalledVersion | undefined>();
  const missing: PlannedPackage[] = [];
  const others: string[] = [];
  for (const planned of packages) {
    const { distribution, name, version } = planned;
    if (!readers.has(distribution)) {
      readers.set(distribution, await (await loadDistribution(distribution))?.installed?.(tree));
    }
    const found = await readers.get(distribution)?.(planned);
    if (found === undefined) missing.push(planned);
    else if (found !== version) others.push(`${name} is at ${found}, not ${version}`);
  }
  if (others.length === 0) return missing;
  const more = others.length > 10 ? ` and ${others.length - 10} more` : '';
  throw unfit(`packages of ${label} are of other versions: ${others.slice(0, 10).join('; ')}${more}`);
}

/** Nothing was changed, and nothing will be. */
export function unfit(message: string): ReproError {
  return new ReproError('not-rebuildable', message, {
    remedy: 'the machine is left as it is; build the environment beside it: --backend rootfs, or HOST:rootfs',
  });
}
