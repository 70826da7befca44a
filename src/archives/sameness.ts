import { type Digest, isWeak } from '../hash.js';
import type { PlannedPackage } from '../model/plan.js';
import type { Place } from './service.js';

/**
 * How sure it is that an artifact is what the lock says: `exact` has the lock's own hash, or is the copy of what was
 * installed; `same-source` was built anew from its source, or the lock has no hash of it, and the archive's index lists
 * it under this name and version; of `same-name` nothing is known but that a service has it under them; `other-version`
 * is the nearest that there is.
 */
export type Sameness = 'exact' | 'same-source' | 'same-name' | 'other-version';

/** The least that is taken; `any` takes whatever has the name and version, or else the nearest version. */
export const requirements = ['exact', 'same-source', 'any'] as const;

export type Requirement = (typeof requirements)[number];

/** Whether a package that is so much the same is less than the least that is taken. */
export function isRefused(sameness: Sameness, requirement: Requirement): boolean {
  if (requirement === 'any' || sameness === 'exact') return false;
  return requirement === 'exact' || sameness !== 'same-source';
}

/** What must be at a place, and how sure it is then. */
export interface Expected {
  /** Absent where it is recognised by what it holds. */
  readonly digest?: Digest;
  readonly sameness: Sameness;
  readonly evidence?: string;
  /** Its version, where that is another. */
  readonly version?: string;
}

/** What counts at a place of a service; why nothing of it is taken, where what is known does not meet the requirement. */
export function expectedAt(
  { version: wanted, artifact: { digest: known } }: PlannedPackage,
  place: Place,
  requirement: Requirement = 'exact',
): Expected | { readonly refusal: string } {
  const { url, digest = known, evidence, version = wanted, recognise } = place;
  if (version !== wanted) return nearest(place, known, requirement);
  if (recognise) return { sameness: 'exact', evidence };
  if (known) return { digest: known, sameness: 'exact', evidence };
  if (digest === undefined) return { refusal: `${url}: there is no hash to know it by` };
  const sameness = isWeak(digest.algorithm) ? 'same-name' : 'same-source';
  if (requirement === 'any' || requirement === sameness) return { digest, sameness, evidence };
  const least = sameness === 'same-name' ? 'any' : sameness;
  return { refusal: `${url}: ${evidence}; the lock has no hash to know it by (--require ${least})` };
}

/** What is listed has a digest of its own, or another mark; the digest of the wanted version cannot be it. */
function nearest(
  { url, evidence, version, digest, recognise }: Place,
  known: Digest | undefined,
  requirement: Requirement,
): Expected | { readonly refusal: string } {
  if (requirement !== 'any') return { refusal: `${url}: ${evidence} (--require any)` };
  const other = { sameness: 'other-version', evidence, ...(version !== undefined && { version }) } as const;
  if (recognise) return other;
  if (digest === undefined || digest === known) return { refusal: `${url}: there is no hash to know it by` };
  return { digest, ...other };
}
