import type { DistributionModule, DistributionPlan, Named, PlanContext } from '../distributions/distribution.js';
import { distributions, isDistribution } from '../distributions/registry.js';
import { ReproError } from '../errors.js';
import { canonicalJson, sha256 } from '../hash.js';
import { type FilePath, rootPath } from '../model/file-path.js';
import type { Plan } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import { madeByRun } from '../spec/made.js';
import type { Lock } from '../spec/schema.js';
import type { Specification } from '../spec/specification.js';
import { envelopeSteps, gatherKnown, idsOf } from './envelope.js';

/** What a process has when the spec says nothing of its environment. */
const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/**
 * Turns a spec and its resolved lock into ordered steps, as data: the distributions' own steps first, then what the
 * envelope carries. The same spec always gives the same plan.
 */
export async function planEnvironment(spec: Specification, lock: Lock): Promise<Plan> {
  const { manifest } = spec;
  const known = await gatherKnown(manifest, spec.snapshot());
  const made = new Map<string, ReadonlySet<FilePath>>();
  for (const { id } of manifest.runs) made.set(id, madeByRun(await spec.trace(id)));
  const envelope = envelopeSteps(manifest, known, lock.epoch, made);
  const { codename, ...base } = manifest.base;
  const context: PlanContext = {
    base: { ...base, ...(codename !== undefined && { codename }) },
    epoch: lock.epoch,
    ids: idsOf(manifest, envelope),
  };
  const plans = await Promise.all(lock.distributions.map((half) => planDistribution(half, context, spec.file)));
  const [bootstrap, ...others] = plans.flatMap((plan) => plan.bootstrap ?? []);
  if (!bootstrap || others.length > 0) {
    throw new ReproError('usage', 'a spec needs exactly one distribution that can stand alone', {
      where: spec.file,
      remedy: 'name one such distribution, e.g. debian, under distributions',
    });
  }
  const [run] = manifest.runs;
  const plan: Omit<Plan, 'digest'> = {
    bootstrap,
    customize: [...plans.flatMap(({ steps }) => steps), ...envelope],
    environment: { ...defaultEnvironment, ...run?.environment },
    cwd: run ? documentPath(run.cwd) : rootPath,
    user: { uid: run?.user?.uid ?? 0, gid: run?.user?.gid ?? 0, groups: run?.user?.groups ?? [] },
  };
  return { digest: sha256(canonicalJson(plan)), ...plan };
}

async function planDistribution(half: Named, context: PlanContext, file: string): Promise<DistributionPlan> {
  if (!isDistribution(half.name)) {
    throw new ReproError('usage', `this version does not know the distribution '${half.name}'`, { where: file });
  }
  const module: DistributionModule = await distributions[half.name]();
  return module.plan(module.lockSchema.parse(half), context);
}
