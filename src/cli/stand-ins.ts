import type { FetchedPackage } from '../resources/build-tree.js';
import { onOneLine } from './error-text.js';

/** What is not the very package that was wanted, one a line. */
export function standInLines(standIns: readonly FetchedPackage[]): string[] {
  return standIns.map(({ package: wanted, sameness, version, evidence }) => {
    const is = version === undefined ? sameness : `${sameness} ${version}`;
    return onOneLine(`instead of ${wanted.name} ${wanted.version}: ${is}, ${evidence}`);
  });
}
