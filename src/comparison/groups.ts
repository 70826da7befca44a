import type { FileChange } from '../filesystem/diff/file-comparison.js';
import { type PackageFact, packageText } from '../sources/facts.js';

/** Changes of files that belong together. */
export interface FileGroup {
  /** The package that they are of, without its version; absent of what no package has. */
  readonly package?: { readonly distribution: string; readonly name: string };
  readonly changes: readonly FileChange[];
}

/** Files of the same package together, in the order of distributions and names; what no package has comes last. */
export function groupByPackage(changes: readonly FileChange[], packages: readonly PackageFact[]): FileGroup[] {
  const facts = new Map(packages.map((fact) => [packageText(fact), fact]));
  const groups = new Map<string, FileChange[]>();
  for (const change of changes) {
    const key = groupOf(change, facts);
    const known = groups.get(key);
    if (known) known.push(change);
    else groups.set(key, [change]);
  }
  const keys = [...groups.keys()].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  return keys.map((key) => ({ ...nameOf(key), changes: groups.get(key) ?? [] }));
}

/** Both versions of an upgraded package are one group. */
function groupOf({ before, after }: FileChange, facts: ReadonlyMap<string, PackageFact>): string {
  const text = after?.package ?? before?.package;
  if (text === undefined) return '';
  const fact = facts.get(text);
  return fact ? `${fact.distribution} ${fact.name}` : text.split(' ').slice(0, 2).join(' ');
}

function nameOf(key: string): Pick<FileGroup, 'package'> {
  const [distribution, ...name] = key.split(' ');
  return distribution ? { package: { distribution, name: name.join(' ') } } : {};
}
