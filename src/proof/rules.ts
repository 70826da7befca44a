import { isEngineFile } from '../filesystem/engine-files.js';
import { type VolatileRule, volatileMatcher } from '../filesystem/volatile.js';
import type { FilePath } from '../model/file-path.js';
import type { Difference } from './proof.js';

/** A published rule under which a path may differ. */
export interface PathRule {
  readonly rule: string;
  readonly why: string;
  readonly kind: 'volatile' | 'engine';
}

/** Finds the rule that excuses these differences of a path, if one does. */
export type RuleLookup = (path: FilePath, differences: readonly Difference[]) => PathRule | undefined;

/** The rules of `templates/volatile.yml`, and the engine's own files of `specs/digest.md`. */
export function ruleLookup(rules: readonly VolatileRule[]): RuleLookup {
  const matcher = volatileMatcher(rules);
  return (path, differences) => {
    if (isEngineFile(path)) {
      return {
        rule: 'engine-file',
        why: 'an engine mounts it, or it lasts only as long as the machine runs',
        kind: 'engine',
      };
    }
    const rule = matcher(path);
    if (rule === undefined) return undefined;
    const isExcused = rule.compare === 'anything' || differences.every(({ aspect }) => aspect === 'content');
    return isExcused ? { rule: rule.name, why: rule.reason, kind: 'volatile' } : undefined;
  };
}
