import { loadBase } from '../distributions/base-of.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError } from '../errors.js';
import { canonicalJson, sha256 } from '../hash.js';
import { rootPath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { BootstrapPlan, Plan, PlannedPackage } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { DistributionModule, Named, PlanContext } from '../packaging/distribution.js';
import type { Lock } from '../spec/document/schema.js';
import { madeByThen } from '../spec/runs/made.js';
import type { Specification } from '../spec/specification.js';
import { gatherKnown } from './envelope.js';
import { inOrderOfNeed } from './order.js';
import { planManifest } from './steps.js';

/** What a process has when the spec says nothing of its environment. */
const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Turns a spec and its resolved lock into ordered steps, as data: the base, then what every distribution puts on it,
 * each after those that it needs, and at last the files and steps of the manifest. The same spec always gives the same plan.
 */
export async function planEnvironment(spec: Specification, lock: Lock): Promise<Plan> {
  const { manifest } = spec;
  const known = await gatherKnown(manifest, spec.snapshot(), (hash) => hash in lock.contents);
  const made = await madeByThen(spec);
  const context = contextOf(spec, lock);
  const plans = (await planned(spec, lock)).map(({ module, half }) => module.plan(half, context));
  const { base } = await loadBase(manifest.base.distribution, spec.file);
  const own = planManifest(manifest, { known, epoch: lock.epoch, baseFolders: base.folders, made });
  const [run] = manifest.runs;
  const bootstrap = await planBase(spec, lock, context);
  const { tree } = manifest.base;
  const built = tree
    ? { bootstrap: { ...bootstrap, packages: [], details: {}, tree: tree.sha256 }, artifacts: [], customize: [] }
    : {
        bootstrap,
        artifacts: [...plans.flatMap(({ artifacts = [] }) => artifacts), ...own.artifacts],
        customize: [...plans.flatMap(({ steps }) => steps), ...own.steps],
      };
  const plan: Omit<Plan, 'digest'> = {
    ...built,
    environment: { ...defaultEnvironment, ...run?.environment },
    cwd: run ? documentPath(run.cwd) : rootPath,
    user: { uid: run?.user?.uid ?? 0, gid: run?.user?.gid ?? 0, groups: run?.user?.groups ?? [] },
  };
  return { digest: sha256(canonicalJson(plan)), ...plan };
}

/** Every package that the plan of a spec gets, without the rest of the plan. */
export async function plannedPackages(spec: Specification, lock: Lock): Promise<readonly PlannedPackage[]> {
  if (spec.manifest.base.tree) return [];
  const context = contextOf(spec, lock);
  const { packages } = await planBase(spec, lock, context);
  return [
    ...packages,
    ...(await planned(spec, lock)).flatMap(({ module, half }) => module.plan(half, context).artifacts ?? []),
  ];
}

function contextOf({ manifest }: Specification, { epoch }: Lock): PlanContext {
  const { codename, tree: _tree, ...base } = manifest.base;
  return { base: { ...base, ...(codename !== undefined && { codename }) }, epoch };
}

async function planBase({ manifest, file }: Specification, lock: Lock, context: PlanContext): Promise<BootstrapPlan> {
  const { name, base, lockSchema } = await loadBase(manifest.base.distribution, file);
  const half = lock.distributions.find((each) => each.name === name);
  if (half) return base.plan(lockSchema.parse(half), context);
  throw new ReproError('usage', `the lock has nothing of ${name}, which is the base`, {
    where: file,
    remedy: 'copy the environment.d folder again from where the spec was made, or trace again',
  });
}

interface Half {
  readonly name: string;
  readonly needs: readonly string[];
  readonly module: DistributionModule;
  readonly half: LockHalf;
}

/** The lock's halves in the order in which they are put in place: the base first, whether it is needed or not. */
async function planned({ manifest, file }: Specification, lock: Lock): Promise<readonly Half[]> {
  const base = manifest.base.distribution;
  const isBase = ({ name }: Named) => name === base;
  const all = [...lock.distributions.filter(isBase), ...lock.distributions.filter((half) => !isBase(half))];
  const halves = await Promise.all(
    all.map(async (each): Promise<Half> => {
      const module = await loadDistribution(each.name);
      if (!module) {
        const message = `this version does not know the distribution '${each.name}'`;
        throw new ReproError('usage', message, { where: file });
      }
      const half = module.lockSchema.parse(each);
      return {
        name: each.name,
        needs: (module.needs?.(half) ?? []).map(({ distribution }) => distribution),
        module,
        half,
      };
    }),
  );
  return inOrderOfNeed(halves, file);
}
