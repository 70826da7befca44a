import { type Owner, type OwnerState, ownerStates } from './owner.js';

/** How many paths are of each class; a path is of exactly one. */
export type ClassCounts = Readonly<Record<OwnerState, number>>;

export function countClasses(paths: Iterable<{ readonly owner: Owner }>): ClassCounts {
  const counts = Object.fromEntries(ownerStates.map((state) => [state, 0])) as Record<OwnerState, number>;
  for (const { owner } of paths) counts[owner.state]++;
  return counts;
}

/** `24 owned, 1 modified, 3 loose`: classes that have none are not named. */
export function showClasses(counts: ClassCounts): string {
  const some = ownerStates.filter((state) => counts[state] > 0);
  return some.map((state) => `${counts[state]} ${showClass(state)}`).join(', ') || 'none';
}

/** A class as people read it. */
export function showClass(state: OwnerState): string {
  return state === 'left-out' ? 'left out' : state;
}
