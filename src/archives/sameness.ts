import { type Digest, isWeak } from '../hash.js';
import type { PlannedPackage } from '../model/plan.js';
import type { Place } from './service.js';

/**
 * How sure it is that an artifact is what the lock says: `exact` has the lock's own hash, or is the copy of what was
 * installed; of `same-source` the lock has no hash, and the archive's index lists it under this name and version; of
 * `same-name` nothing is known but that a service has it under them.
 */
export type Sameness = 'exact' | 'same-source' | 'same-name';

/** The least that is taken; `any` takes whatever has the name and version. */
export const requirements = ['exact', 'same-source', 'any'] as const;

export type Requirement = (typeof requirements)[number];

/** What must be at a place, and how sure it is then. */
export interface Expected {
  readonly digest: Digest;
  readonly sameness: Sameness;
  readonly evidence?: string;
}

/** What counts at a place of a service; why nothing of it is taken, where what is known does not meet the requirement. */
export function expectedAt(
  { artifact: { digest: known } }: PlannedPackage,
  { url, digest = known, evidence }: Place,
  requirement: Requirement = 'exact',
): Expected | { readonly refusal: string } {
  if (known) return { digest: known, sameness: 'exact', evidence };
  if (digest === undefined) return { refusal: `${url}: there is no hash to know it by` };
  const sameness = isWeak(digest.algorithm) ? 'same-name' : 'same-source';
  if (requirement === 'any' || requirement === sameness) return { digest, sameness, evidence };
  const least = sameness === 'same-name' ? 'any' : sameness;
  return { refusal: `${url}: ${evidence}; the lock has no hash to know it by (--require ${least})` };
}
