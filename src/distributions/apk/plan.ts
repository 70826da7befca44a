import { comparePaths, type FilePath, parsePath, rootPath } from '../../model/file-path.js';
import type { BootstrapPlan, PlannedPackage, UnpackStep, WriteStep } from '../../model/plan.js';
import type { DistributionPlan, PlanContext } from '../../packaging/distribution.js';
import type { ApkDetails } from './details.js';
import type { ApkLock, ApkLockedPackage } from './schema.js';

/** Pure: what bootstrap unpacks. */
export function planBootstrap(lock: ApkLock, { base, epoch }: PlanContext): BootstrapPlan {
  const { folder, links, accounts } = lock;
  const details: ApkDetails = { folder, links, accounts, layout: base.layout };
  return {
    distribution: base.distribution,
    release: base.release,
    architecture: lock.architecture,
    epoch,
    packages: lock.packages.toSorted((a, b) => comparePaths(a.name, b.name)).map(planned),
    details,
  };
}

/** Pure: apk's own record of what is there. On another base the packages are unpacked first. */
export function planApk(lock: ApkLock, { base, epoch }: PlanContext): DistributionPlan {
  const artifacts = base.distribution === lock.name ? [] : lock.packages.map(planned);
  return {
    artifacts,
    steps: [...artifacts.flatMap(unpacking), ...writing(lock, epoch)],
  };
}

function unpacking({ name, artifact: { digest } }: PlannedPackage): UnpackStep[] {
  if (digest === undefined) return [];
  return [{ kind: 'unpack', path: rootPath, content: digest.value, reason: `the files of the apk package ${name}` }];
}

function writing({ database }: ApkLock, epoch: number): WriteStep[] {
  return database.map(
    ({ path, content, mode }): WriteStep => ({
      kind: 'write',
      path: parsePath(path) as FilePath,
      content,
      mode: Number.parseInt(mode, 8),
      uid: 0,
      gid: 0,
      mtime: epoch,
      reason: 'what apk has written down of the installed packages',
    }),
  );
}

function planned({ name, version, architecture, used, repacked, size }: ApkLockedPackage): PlannedPackage {
  return {
    distribution: 'apk',
    name,
    version,
    architecture,
    used,
    artifact: {
      name: `${name}-${version}.tar.gz`,
      ...(repacked === undefined
        ? {}
        : { digest: { algorithm: 'sha256' as const, value: repacked }, content: repacked }),
      ...(size === undefined ? {} : { size }),
      urls: [],
    },
  };
}
