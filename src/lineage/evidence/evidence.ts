/** What a verdict rests on, the strongest first. */
export const evidenceClasses = ['layers', 'annotation', 'recipe', 'system', 'containment'] as const;
export type EvidenceClass = (typeof evidenceClasses)[number];

/** How sure that makes it. Layers prove; annotations and recipes are what somebody said; the rest is likely. */
export type Certainty = 'proved' | 'declared' | 'likely';

export const certainties: Readonly<Record<EvidenceClass, Certainty>> = {
  layers: 'proved',
  annotation: 'declared',
  recipe: 'declared',
  system: 'likely',
  containment: 'likely',
};

/** Why one is taken for the parent of another. */
export interface Evidence {
  readonly evidence: EvidenceClass;
  /** From 0 to 1: of `system` the part of the packages, of `containment` that of the core paths; else 1. */
  readonly score: number;
  readonly detail: string;
}

/** Stronger evidence first, then the higher score. */
export function compareEvidence(a: Evidence, b: Evidence): number {
  return evidenceClasses.indexOf(a.evidence) - evidenceClasses.indexOf(b.evidence) || b.score - a.score;
}
