import type { Owner } from '../model/owner.js';
import { loadDistribution } from './load.js';
import { generalRules } from './rules.js';

/** What the rule that put a path into its class says; undefined where no rule did, or none that is known here. */
export async function explainRule({ rule, package: of }: Pick<Owner, 'rule' | 'package'>): Promise<string | undefined> {
  if (rule === undefined) return undefined;
  const module = of && (await loadDistribution(of.distribution));
  return module?.rules?.[rule] ?? generalRules[rule];
}
