import { comparePaths, type FilePath, parsePath, rootPath } from '../../model/file-path.js';
import type { ArtifactOrigin, BootstrapPlan, PlannedPackage, UnpackStep, WriteStep } from '../../model/plan.js';
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
    packages: lock.packages.toSorted((a, b) => comparePaths(a.name, b.name)).map((each) => planned(each, lock)),
    details,
  };
}

/** Pure: apk's own record of what is there. On another base the packages are unpacked first. */
export function planApk(lock: ApkLock, { base, epoch }: PlanContext): DistributionPlan {
  const artifacts = base.distribution === lock.name ? [] : lock.packages.map((each) => planned(each, lock));
  return {
    artifacts,
    steps: [...artifacts.flatMap(unpacking), ...writing(lock, epoch)],
  };
}

function unpacking({ name, artifact: { digest, content } }: PlannedPackage): UnpackStep[] {
  if (digest === undefined) return [];
  const step = { kind: 'unpack', path: rootPath, content: digest.value } as const;
  const as = content === undefined ? { as: { distribution: 'apk', details: {} } } : {};
  return [{ ...step, ...as, reason: `the files of the apk package ${name}` }];
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

function planned({ url, sha256, repacked, ...each }: ApkLockedPackage, lock: ApkLock): PlannedPackage {
  const { name, version, architecture, used, size } = each;
  const digest = sha256 ?? repacked;
  return {
    distribution: 'apk',
    name,
    version,
    architecture,
    used,
    artifact: {
      name: `${name}-${version}.${sha256 === undefined ? 'tar.gz' : 'apk'}`,
      ...(digest === undefined ? {} : { digest: { algorithm: 'sha256' as const, value: digest } }),
      ...(repacked === undefined ? {} : { content: repacked }),
      ...(size === undefined ? {} : { size }),
      urls: url === undefined ? [] : [url],
      origins: originsOf(lock),
    },
  };
}

/** The repositories of the system, and the keys by which they are believed. */
function originsOf({ repositories, keys = [] }: ApkLock): ArtifactOrigin[] {
  const signature = keys.length > 0 ? { signature: { keys: keys.map(({ content }) => content) } } : {};
  return repositories.filter((line) => /^https?:\S+$/.test(line)).map((uri) => ({ uri, ...signature }));
}
