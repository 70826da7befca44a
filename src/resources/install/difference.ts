import { knownBy, type StandIns } from '../../archives/stand-ins.js';
import { canonicalJson } from '../../hash.js';
import type { Plan, PlannedPackage, Step } from '../../model/plan.js';
import type { Specification } from '../../spec/specification.js';

/** What one plan makes beyond another. */
export interface PlanDifference {
  /** Of the base, which bootstrap would have installed. */
  readonly base: readonly PlannedPackage[];
  readonly artifacts: readonly PlannedPackage[];
  readonly steps: readonly Step[];
}

/** What is missing where the one plan was carried out and the other is wanted, in the other's order. */
export function planDifference(before: Plan, after: Plan): PlanDifference {
  const missing = (one: readonly PlannedPackage[], other: readonly PlannedPackage[]) => {
    const present = new Set(one.map(identityOf));
    return other.filter((planned) => !present.has(identityOf(planned)));
  };
  const done = new Set(before.customize.map(deedOf));
  return {
    base: missing(before.bootstrap.packages, after.bootstrap.packages),
    artifacts: missing(before.artifacts, after.artifacts),
    steps: after.customize.filter((step) => !done.has(deedOf(step))),
  };
}

/** In words, one line for each package and each step that is not a package's. */
export function describeDifference({ base, artifacts, steps }: PlanDifference): string[] {
  const packages = [...base, ...artifacts].map(({ distribution, name, version, at }) =>
    [`${distribution} ${name} ${version}`, ...(at === undefined ? [] : [`in ${at}`])].join(' '),
  );
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  return [...packages, ...(steps.length > 0 ? [count] : [])];
}

function identityOf({ distribution, name, version, architecture, at }: PlannedPackage): string {
  return JSON.stringify([distribution, name, version, architecture, at]);
}

/** Why it is done is nothing to what it does. */
function deedOf({ reason: _reason, ...deed }: Step): string {
  return canonicalJson(deed);
}

/**
 * What a resource's spec and one that is added to it bring in the place of artifacts: the added one nothing in the place
 * of what the resource asks for itself.
 */
export function jointStandIns(
  own: Pick<Specification, 'standIns'>,
  { bootstrap, artifacts }: Plan,
  added: Pick<Specification, 'standIns'>,
): StandIns {
  const asked = new Set([...bootstrap.packages, ...artifacts].map(knownBy));
  return new Map([...[...added.standIns].filter(([name]) => !asked.has(name)), ...own.standIns]);
}
