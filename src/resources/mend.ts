import type { Artifact } from '../archives/ladder.js';
import type { Requirement } from '../archives/sameness.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError } from '../errors.js';
import { listIfThere, readIfThere } from '../machines/if-there.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { BootstrapPlan, PlannedPackage } from '../model/plan.js';
import { type Progress, stage } from '../model/progress.js';
import type { BaseSystem } from '../packaging/base-system.js';

export interface MendOptions {
  /** What the base was, for people. */
  readonly from: string;
  readonly base: Pick<BaseSystem, 'install' | 'check'>;
  readonly plan: BootstrapPlan;
  readonly artifacts: ReadonlyMap<PlannedPackage, Artifact>;
  readonly require: Requirement | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Makes a base that was there ready-made that of the plan: its packages at their versions. What it has beside them is
 * refused, or told where less than exactness is asked for; files that no package has stay, so that it is another tree.
 */
export async function mendBase(machine: Machine, options: MendOptions): Promise<void> {
  const { from, base, plan, artifacts, require = 'exact', progress, signal } = options;
  const { epoch } = plan;
  const wanted = await differing(plan.packages, machine);
  const context = { machine, artifacts, epoch, ...(signal && { signal }) };
  if (wanted.length > 0 && base.install) {
    const work = async () => base.install?.(wanted, context);
    await stage(progress, 'mend the base', work, { total: wanted.length, unit: 'packages' });
  }
  const left = await base.check(plan, machine);
  if (left.length === 0) return;
  const shown = left.slice(0, 10).join(' ') + (left.length > 10 ? ` And ${left.length - 10} more.` : '');
  if (require !== 'exact')
    return progress({ kind: 'note', message: `the base ${from} is not that of the plan: ${shown}` });
  throw new ReproError('not-rebuildable', `the base ${from} is not that of the plan: ${shown}`, {
    remedy: 'make it of its packages with -b base=packages, or take it as it is with --require any',
  });
}

/** Those that the base lacks, or has at other versions. */
async function differing(packages: readonly PlannedPackage[], { files }: Machine): Promise<PlannedPackage[]> {
  const [first] = packages;
  const distribution = first && (await loadDistribution(first.distribution));
  const installed = await distribution?.installed?.({
    read: (path: FilePath) => readIfThere(files, path),
    list: (path: FilePath) => listIfThere(files, path),
  });
  const found: PlannedPackage[] = [];
  for (const planned of packages) if ((await installed?.(planned)) !== planned.version) found.push(planned);
  return found;
}
