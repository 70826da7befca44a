import { editDistance } from './document/problems.js';

/** The known name that a mistyped one most likely meant; undefined where none is near. */
export function closestName(wanted: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const ranked = known.map((name) => ({ name, distance: editDistance(wanted, name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= limit ? best.name : undefined;
}
