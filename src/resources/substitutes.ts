import type { TreeProof } from '../proof/proof.js';
import type { FetchedPackage } from './build-tree.js';

/** A proof that says which packages are not the very ones; with one of another version nothing is proved the same. */
export function withSubstitutes(tree: TreeProof, fetched: readonly FetchedPackage[]): TreeProof {
  const notes = fetched.flatMap(({ package: { name, version }, rung, sameness, version: instead, evidence = '' }) => {
    if (instead !== undefined) return [`${name} is ${instead}, not ${version}, so this is not the same: ${evidence}.`];
    if (rung !== 'built' || sameness === 'exact') return [];
    return [`${name} ${version} was built anew and is not the very package: ${evidence}.`];
  });
  const isSame = fetched.every(({ version }) => version === undefined);
  return { ...tree, notes: [...tree.notes, ...notes], ok: tree.ok && isSame };
}
