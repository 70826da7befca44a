import type { Owner } from '../model/owner.js';
import { generalRules } from '../packaging/path-rules.js';
import { loadDistribution, loadDistributions } from './load.js';

/** What the rule that put a path into its class says; undefined where no rule did, or none that is known here. */
export async function explainRule({ rule, package: of }: Pick<Owner, 'rule' | 'package'>): Promise<string | undefined> {
  if (rule === undefined) return undefined;
  const modules = of ? [await loadDistribution(of.distribution)] : await loadDistributions();
  const said = modules.find((module) => module?.rules?.[rule] !== undefined)?.rules?.[rule];
  return (of && said) ?? generalRules[rule] ?? said;
}
