import { type PackageRow, type PackagesDiff, packagesDiff } from './packages.js';

/** What one layer changed of the packages of those below; `InfoDiff` is null of a layer without a database. */
export interface PackageLayer {
  readonly Packages1: readonly PackageRow[];
  readonly Packages2: readonly PackageRow[];
  readonly InfoDiff: PackagesDiff['InfoDiff'] | null;
}

/**
 * Of each layer what it changed: a layer in which packages were installed has the whole database of them, and is compared
 * with the last layer below that has one.
 */
export function packageLayers(layers: readonly (readonly PackageRow[])[]): PackageLayer[] | null {
  if (layers.length === 0) return null;
  let below: readonly PackageRow[] = [];
  return layers.map((packages) => {
    if (packages.length === 0) return { Packages1: [], Packages2: [], InfoDiff: null };
    const diff = packagesDiff(below, packages, false);
    below = packages;
    return diff;
  });
}
