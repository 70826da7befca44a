import { loadBase } from '../distributions/base-of.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError } from '../errors.js';
import { usualPath } from '../exec.js';
import { canonicalJson, sha256 } from '../hash.js';
import { rootPath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { BootstrapPlan, Plan, PlannedPackage } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { DistributionModule, DistributionPlan, Named, PlanContext } from '../packaging/distribution.js';
import { systemOf } from '../spec/document/manifest.js';
import type { Lock } from '../spec/document/schema.js';
import { madeByThen } from '../spec/runs/made.js';
import type { Specification } from '../spec/specification.js';
import { gatherKnown } from './envelope.js';
import { inOrderOfNeed } from './order.js';
import { type PlannedSteps, planManifest } from './steps.js';

/** What a process has when the spec says nothing of its environment. */
const defaultEnvironment = { PATH: usualPath };

/** What one distribution puts on the base. */
export interface PlanPart {
  readonly module: DistributionModule;
  readonly half: LockHalf;
  readonly plan: DistributionPlan;
}

/** A plan before its parts are put together. */
export interface PlanParts {
  readonly bootstrap: BootstrapPlan;
  /** Each after those that it needs; the base's own is the first. */
  readonly distributions: readonly PlanPart[];
  /** The files and steps of the manifest, after all packages. */
  readonly own: PlannedSteps;
  readonly context: PlanContext;
}

/** Resolves a spec and its lock to ordered steps: the base, what every distribution puts on it, what the manifest adds. */
export async function planParts(spec: Specification, lock: Lock): Promise<PlanParts> {
  const { manifest } = spec;
  const known = await gatherKnown(manifest, spec.snapshot(), (hash) => hash in lock.contents);
  const made = await madeByThen(spec);
  const { base } = await loadBase(manifest.base.distribution, spec.file);
  const context = await contextOf(spec, lock);
  const halves = await halvesInOrder(spec, lock);
  return {
    bootstrap: await planBase(spec, lock, context),
    distributions: halves.map(({ module, half }) => ({ module, half, plan: module.plan(half, context) })),
    own: planManifest(manifest, { known, epoch: lock.epoch, baseFolders: base.folders, made }),
    context,
  };
}

/**
 * Turns a spec and its resolved lock into ordered steps, as data: the base, then what every distribution puts on it,
 * each after those that it needs, and at last the files and steps of the manifest. The same spec always gives the same plan.
 */
export async function planEnvironment(spec: Specification, lock: Lock): Promise<Plan> {
  return planOf(spec, await planParts(spec, lock));
}

/** Its parts put together. */
export function planOf(
  { manifest }: Pick<Specification, 'manifest'>,
  { bootstrap, distributions, own }: PlanParts,
): Plan {
  const layers = distributions.map(({ half: { name: kind }, plan: { steps } }) => ({ kind, steps: steps.length }));
  const plans = distributions.map(({ plan }) => plan);
  const [run] = manifest.runs;
  const { tree } = manifest.base;
  const built = tree
    ? {
        bootstrap: { ...bootstrap, packages: [], details: {}, tree: tree.sha256 },
        artifacts: [],
        customize: [],
        layers: [],
      }
    : {
        bootstrap,
        artifacts: [...plans.flatMap(({ artifacts = [] }) => artifacts), ...own.artifacts],
        customize: [...plans.flatMap(({ steps }) => steps), ...own.steps],
        layers: layers.filter(({ steps }) => steps > 0),
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
  const context = await contextOf(spec, lock);
  const { packages } = await planBase(spec, lock, context);
  return [
    ...packages,
    ...(await halvesInOrder(spec, lock)).flatMap(({ module, half }) => module.plan(half, context).artifacts ?? []),
  ];
}

/** What plans are made in. */
async function contextOf({ manifest, file }: Specification, { epoch }: Lock): Promise<PlanContext> {
  const { base } = await loadBase(manifest.base.distribution, file);
  return { base: systemOf(manifest), libc: base.libc(manifest.base.release), epoch };
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
async function halvesInOrder({ manifest, file }: Specification, lock: Lock): Promise<readonly Half[]> {
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
