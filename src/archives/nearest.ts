/**
 * Other versions than a wanted one, nearest first: those of the same upstream version, then the newer ones from the
 * oldest on, then the older ones from the newest on.
 */
export function nearestFirst(
  wanted: string,
  versions: readonly string[],
  compare: (a: string, b: string) => number,
  upstreamOf: (version: string) => string,
): string[] {
  const others = [...new Set(versions)].filter((version) => compare(version, wanted) !== 0);
  const newer = others.filter((version) => compare(version, wanted) > 0).sort(compare);
  const older = others.filter((version) => compare(version, wanted) < 0).sort((a, b) => compare(b, a));
  const isSame = (version: string) => upstreamOf(version) === upstreamOf(wanted);
  const ordered = [...newer, ...older];
  return [...ordered.filter(isSame), ...ordered.filter((version) => !isSame(version))];
}
