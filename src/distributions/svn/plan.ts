import { parsePath, rootPath } from '../../model/file-path.js';
import type { PlannedPackage, Step } from '../../model/plan.js';
import type { DistributionPlan } from '../../packaging/distribution.js';
import type { LockedWorkingCopy, SvnLock } from './schema.js';

/** Pure: outer working copies before those in them. */
export function planSvn({ packages }: SvnLock): DistributionPlan {
  const inOrder = packages.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return { artifacts: inOrder.map(artifactOf), steps: inOrder.flatMap(stepsOf) };
}

function artifactOf({ name, version, at, used, content, size }: LockedWorkingCopy): PlannedPackage {
  return {
    ...{ distribution: 'svn', name, version, used },
    at: parsePath(at),
    artifact: {
      name: `${name}-${version.replace(':', '-')}.tar.gz`,
      ...(content === undefined ? {} : { digest: { algorithm: 'sha256', value: content }, content }),
      ...(size === undefined ? {} : { size }),
      urls: [],
    },
  };
}

function stepsOf({ name, version, at, content }: LockedWorkingCopy): Step[] {
  if (content === undefined) return [];
  return [{ kind: 'unpack', path: rootPath, content, reason: `${name} at revision ${version} as it was in ${at}` }];
}
