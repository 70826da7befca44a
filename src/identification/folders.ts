import type { FilePath } from '../model/file-path.js';
import type { PackageRef } from '../model/owner.js';
import { classifyUnowned } from '../packaging/path-rules.js';
import type { Claimed } from './claims.js';

/**
 * A package of which only folders were looked at, or what is not there, is not used: PATH leads through the folders of
 * many that no run needs. Such paths are nobody's. What the base has stays: folders are shared there.
 */
export function settleFolders({ owners, ways }: Pick<Claimed, 'owners' | 'ways'>, base: string | undefined): void {
  const passing = new Map<FilePath, string>();
  const used = new Set<string>();
  for (const { path, package: found } of owners.values()) {
    if (!found || found.distribution === base) continue;
    const isThere = ways.resolve(path, { followLast: false }).end === 'found';
    const isUse = isThere && ways.entry(path)?.type !== 'directory';
    if (isUse) used.add(keyOf(found));
    else passing.set(path, keyOf(found));
  }
  for (const [path, key] of passing) {
    if (!used.has(key)) owners.set(path, classifyUnowned(path, ways.entry(path)?.type));
  }
}

function keyOf({ distribution, name, version, architecture, at }: PackageRef): string {
  return JSON.stringify([distribution, name, version, architecture, at]);
}
