import { isRefused, type Requirement } from '../archives/sameness.js';
import type { Substitute } from '../model/resource.js';
import type { TreeProof } from '../proof/proof.js';
import type { FetchedPackage } from './build-tree.js';

/** The packages that are not the very ones that were wanted, for the inventory. */
export function substitutesIn(fetched: readonly FetchedPackage[]): Substitute[] {
  return fetched.flatMap(({ package: wanted, sameness, version: instead, evidence, rung }) => {
    if (sameness === 'exact') return [];
    const about = { ...(instead !== undefined && { instead }), ...(evidence !== undefined && { evidence }) };
    return [{ ...wanted, sameness, ...(rung === 'built' && { built: true as const }), ...about }];
  });
}

/** A proof that says which packages are not the very ones; with one of another version nothing is proved the same. */
export function withSubstitutes(
  tree: TreeProof,
  substitutes: readonly Substitute[],
  requirement?: Requirement,
): TreeProof {
  const notes = substitutes.flatMap(({ name, version, instead, built, evidence = '' }) => {
    if (instead !== undefined) return [`${name} is ${instead}, not ${version}, so this is not the same: ${evidence}.`];
    return built ? [`${name} ${version} was built anew and is not the very package: ${evidence}.`] : [];
  });
  const isLess = ({ sameness }: Substitute) => requirement !== undefined && isRefused(sameness, requirement);
  const refused = substitutes.filter(isLess).map(({ name }) => name);
  const refusal = refused.length > 0 ? [`--require ${requirement}: not the very packages: ${refused.join(', ')}.`] : [];
  const isSame = substitutes.every(({ instead }) => instead === undefined);
  return {
    ...tree,
    notes: [...tree.notes, ...notes, ...refusal],
    ok: tree.ok && isSame && refused.length === 0,
  };
}
