import { loadVariations } from '../distributions/load.js';
import { isEngineFile } from '../filesystem/engine-files.js';
import { volatileMatcher, volatileRules } from '../filesystem/volatile.js';
import type { FilePath } from '../model/file-path.js';
import type { Variation } from '../packaging/variation.js';
import type { Manifest } from '../spec/document/schema.js';
import type { Difference } from './proof.js';

/** A published rule under which a path may differ. */
export interface PathRule {
  readonly rule: string;
  readonly why: string;
  readonly kind: 'volatile' | 'engine';
}

const engineFile: PathRule = {
  rule: 'engine-file',
  why: 'an engine mounts it, or it lasts only as long as the machine runs',
  kind: 'engine',
};

/** Finds the rule that excuses these differences of a path, if one does. */
export type RuleLookup = (path: FilePath, differences: readonly Difference[]) => PathRule | undefined;

/** What may differ in an environment of a spec, by its base and its other distributions. */
export function variationsOf({ base, distributions }: Manifest): Promise<readonly Variation[]> {
  return loadVariations([base.distribution, ...distributions.map(({ name }) => name)]);
}

/** The rules of `templates/volatile.yml` and of the variations, and the engine's own files of `specs/digest.md`. */
export async function ruleLookup(variations: readonly Variation[]): Promise<RuleLookup> {
  const own = variations.flatMap(({ volatile = [] }) => volatile);
  const matcher = volatileMatcher([...(await volatileRules()), ...own]);
  return (path, differences) => {
    const rule = matcher(path);
    const isContent = differences.every(({ aspect }) => aspect === 'content');
    if (rule && (isContent || rule.compare === 'anything'))
      return { rule: rule.name, why: rule.reason, kind: 'volatile' };
    return isEngineFile(path) ? engineFile : undefined;
  };
}
