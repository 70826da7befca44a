import { isWeak } from '../hash.js';
import { showMode } from '../model/file-entry.js';
import { showPath } from '../model/file-path.js';
import type { Plan, PlannedPackage, Step } from '../model/plan.js';
import { describe } from './customize.js';

/** A plan as lines for people: what is installed and done, in order, and why. */
export function explainPlan(plan: Plan): string[] {
  const { bootstrap } = plan;
  const used = bootstrap.packages.filter((item) => item.used).length;
  const size = bootstrap.packages.reduce((total, { artifact }) => total + (artifact.size ?? 0), 0);
  const date = new Date(bootstrap.epoch * 1000).toISOString();
  return [
    `plan ${plan.digest}`,
    `bootstrap ${bootstrap.distribution} ${bootstrap.release} (${bootstrap.architecture}), dates up to ${date}`,
    `  ${bootstrap.packages.length} packages, ${used} of them used by the run, ${(size / 1e6).toFixed(1)} MB`,
    ...bootstrap.packages.map(explainPackage),
    `customize, ${plan.customize.length} steps`,
    ...plan.artifacts.map(explainPackage),
    ...plan.customize.map(explainStep),
    `run in ${showPath(plan.cwd)} as ${plan.user.uid}:${plan.user.gid}`,
  ];
}

function explainPackage({ name, version, architecture, at, used, artifact }: PlannedPackage): string {
  const why = used ? 'used by the run' : 'needed by a package that was used, or by the base';
  const from = artifact.content === undefined ? (artifact.urls[0] ?? 'the local store') : "the spec's environment.d";
  const full = architecture === undefined ? name : `${name}:${architecture}`;
  const { digest } = artifact;
  const doubt = digest && isWeak(digest.algorithm) ? `, known by its ${digest.algorithm} only` : '';
  const place = at === undefined ? '' : ` in ${showPath(at)}`;
  return `  install ${full} ${version}${place}: ${why}; from ${from}${doubt}`;
}

function explainStep(step: Step): string {
  const access =
    step.kind === 'write' || step.kind === 'directory' ? ` (${showMode(step.mode)} ${step.uid}:${step.gid})` : '';
  return `  ${describe(step)}${access}: ${step.reason}`;
}
