import type { Overlap } from '../overlap.js';
import type { Evidence } from './evidence.js';

/** How much of the core paths of a parent a child has. */
export const leastContainment = 0.985;
/** How much of what a parent has beyond a smaller image, or in places for people's own files, a child has. */
const leastKept = 0.9;
/** How many of the files that both have must be the same: a child changes some, another system nearly all. */
const leastAgreement = 0.5;

/**
 * A child has all paths of its parent and more. Two images on one base have nearly all paths of each other, too: what
 * one has beyond a smaller image that is known, and what lies where people put files of their own, tells them apart.
 */
export function containmentEvidence(
  parent: string,
  child: string,
  overlap: Overlap,
  all: readonly string[],
): Evidence | undefined {
  const [own, others] = [overlap.shared(parent), overlap.shared(child)];
  if (own === 0 || own >= others) return undefined;
  const score = overlap.containment(parent, child);
  if (score < leastContainment || !isOfOneLine(parent, child, overlap, all)) return undefined;
  const agreement = overlap.agreement(parent, child);
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const same = agreement === undefined ? '' : `; of the files of both ${percent(agreement)} are the same`;
  return { evidence: 'containment', score, detail: `it has ${percent(score)} of ${own} core paths${same}` };
}

/** Whether nothing in the files speaks against it. */
export function isOfOneLine(parent: string, child: string, overlap: Overlap, all: readonly string[]): boolean {
  if (overlap.localKept(parent, child) < leastKept) return false;
  if ((overlap.agreement(parent, child) ?? 1) < leastAgreement) return false;
  return overlap.additionsKept(parent, child, all) >= leastKept;
}
