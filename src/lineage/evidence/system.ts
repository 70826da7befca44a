import { type Managers, orderOf, packagesByKey } from '../packages/managers.js';
import type { Subject } from '../subjects.js';
import type { Evidence } from './evidence.js';

/** Managers such as npm replace trees of packages: so many of those of a parent may be gone. */
const mostMissing = 0.1;

/** What the package databases of two say of one being made from the other. */
export interface PackageRelation {
  /** Of the packages of the parent those that the child lacks, whatever the version: of the system, and others. */
  readonly missing: number;
  readonly missingOthers: number;
  readonly older: number;
  readonly same: number;
  readonly own: number;
  readonly more: number;
}

/** Undefined where one of them does not tell its packages. */
export function packageRelation(parent: Subject, child: Subject, managers: Managers): PackageRelation | undefined {
  const [below, above] = [parent.facts.packages, child.facts.packages];
  if (!below?.length || !above?.length) return undefined;
  const [before, after] = [packagesByKey(below), packagesByKey(above)];
  let [missing, missingOthers, older, same] = [0, 0, 0, 0];
  for (const [key, packages] of before) {
    const now = after.get(key)?.at(-1);
    const then = packages.at(-1);
    const isSystem = managers.get(packages[0]?.distribution ?? '')?.isSystem ?? false;
    if (!now || !then) isSystem ? missing++ : missingOthers++;
    else if (now.version === then.version) same++;
    else if (isSystem) {
      const order = orderOf(managers, now.distribution, now.version, then.version);
      if (order !== undefined && order < 0) older++;
    }
  }
  const more = after.size - (before.size - missing - missingOthers);
  return { missing, missingOthers, older, same, own: before.size, more };
}

/** The release in os-release, without what an upgrade changes in it; undefined where it is not told. */
export function releaseOf({ facts }: Subject): string | undefined {
  const { ID, ID_LIKE = '', VERSION_ID = '', VERSION_CODENAME = '' } = facts.system ?? {};
  if (ID === undefined) return undefined;
  const parts = ID === 'alpine' ? 2 : /\b(?:rhel|centos)\b/.test(`${ID} ${ID_LIKE}`) ? 1 : undefined;
  return `${ID} ${VERSION_ID.split('.').slice(0, parts).join('.') || VERSION_CODENAME}`.trim();
}

/** Whether the two cannot be of one line: other releases, or packages that are gone or older. */
export function systemsExclude(parent: Subject, child: Subject, packages: PackageRelation | undefined): boolean {
  const [below, above] = [releaseOf(parent), releaseOf(child)];
  if (below !== undefined && above !== undefined && below !== above) return true;
  if (packages === undefined) return false;
  const { missing, missingOthers, older, own } = packages;
  return missing > 0 || older > 0 || missingOthers > own * mostMissing;
}

/** The same release, and all packages with more beside them. */
export function systemEvidence(
  parent: Subject,
  child: Subject,
  packages: PackageRelation | undefined,
): Evidence | undefined {
  const release = releaseOf(parent);
  if (packages === undefined || release === undefined || releaseOf(child) !== release) return undefined;
  if (packages.more === 0 || systemsExclude(parent, child, packages)) return undefined;
  const { own, same, more, missing, missingOthers } = packages;
  const detail = `${release}: it has ${missing + missingOthers === 0 ? 'all ' : ''}${own - missing - missingOthers} packages, ${same} at the same version, and ${more} more`;
  return { evidence: 'system', score: same / own, detail };
}
