import { loadBase } from '../distributions/base-of.js';
import { loadDistribution } from '../distributions/load.js';
import { ReproError } from '../errors.js';
import { canonicalJson, sha256 } from '../hash.js';
import { rootPath } from '../model/file-path.js';
import type { LockHalf } from '../model/lock-half.js';
import type { BootstrapPlan, Plan } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import type { DistributionModule, Named, PlanContext } from '../packaging/distribution.js';
import type { Lock } from '../spec/document/schema.js';
import { madeByThen } from '../spec/runs/made.js';
import type { Specification } from '../spec/specification.js';
import { envelopeSteps, gatherKnown } from './envelope.js';
import { inOrderOfNeed } from './order.js';

/** What a process has when the spec says nothing of its environment. */
const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Turns a spec and its resolved lock into ordered steps, as data: the base, then what every distribution puts on it,
 * each after those that it needs, and at last what the envelope carries. The same spec always gives the same plan.
 */
export async function planEnvironment(spec: Specification, lock: Lock): Promise<Plan> {
  const { manifest } = spec;
  const known = await gatherKnown(manifest, spec.snapshot(), (hash) => hash in lock.contents);
  const made = await madeByThen(spec);
  const { codename, ...base } = manifest.base;
  const context: PlanContext = {
    base: { ...base, ...(codename !== undefined && { codename }) },
    epoch: lock.epoch,
  };
  const plans = (await planned(spec, lock)).map(({ module, half }) => module.plan(half, context));
  const [run] = manifest.runs;
  const plan: Omit<Plan, 'digest'> = {
    bootstrap: await planBase(spec, lock, context),
    artifacts: plans.flatMap(({ artifacts = [] }) => artifacts),
    customize: [...plans.flatMap(({ steps }) => steps), ...envelopeSteps(manifest, known, lock.epoch, made)],
    environment: { ...defaultEnvironment, ...run?.environment },
    cwd: run ? documentPath(run.cwd) : rootPath,
    user: { uid: run?.user?.uid ?? 0, gid: run?.user?.gid ?? 0, groups: run?.user?.groups ?? [] },
  };
  return { digest: sha256(canonicalJson(plan)), ...plan };
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
