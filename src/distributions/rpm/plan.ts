import type { Sha256 } from '../../hash.js';
import { comparePaths, type FilePath, parsePath, rootPath } from '../../model/file-path.js';
import type { ArtifactOrigin, BootstrapPlan, PlannedPackage, RemoveStep, Step, UnpackStep } from '../../model/plan.js';
import type { DistributionPlan, PlanContext } from '../../packaging/distribution.js';
import type { RpmDetails } from './details.js';
import type { ExtractDetails } from './extract.js';
import type { RpmLock, RpmLockedPackage, RpmRepository } from './schema.js';

/** Pure: what bootstrap installs. */
export function planBootstrap(lock: RpmLock, { base, epoch }: PlanContext): BootstrapPlan {
  const details: RpmDetails = {
    database: lock.database.folder,
    documentation: lock.documentation,
    accounts: lock.accounts,
  };
  return {
    distribution: base.distribution,
    release: base.release,
    architecture: lock.architecture,
    epoch,
    packages: plannedPackages(lock),
    details,
  };
}

/**
 * Pure: what is set right when the packages are there: what was changed or removed after they were installed. On
 * another base they are unpacked first, as they are.
 */
export function planRpm(lock: RpmLock, { base }: PlanContext): DistributionPlan {
  const packages = inOrder(lock);
  const corrections = [...packages.flatMap(removals), ...packages.flatMap(changes)];
  if (base.distribution === lock.name) return { steps: corrections };
  const artifacts = plannedPackages(lock);
  return { artifacts, steps: [...artifacts.flatMap((planned) => unpacking(planned, lock)), ...corrections] };
}

function unpacking({ name, artifact: { digest } }: PlannedPackage, { accounts }: RpmLock): UnpackStep[] {
  if (digest === undefined) return [];
  const details: ExtractDetails = {
    users: Object.fromEntries(accounts.users.map((user) => [user.name, user.uid])),
    groups: Object.fromEntries(accounts.groups.map((group) => [group.name, group.gid])),
  };
  const as = { distribution: 'rpm', details };
  return [
    { kind: 'unpack', path: rootPath, content: digest.value, as, reason: `the files of the rpm package ${name}` },
  ];
}

function plannedPackages(lock: RpmLock): PlannedPackage[] {
  const repositories = new Map(lock.repositories.map((each) => [each.id, each]));
  return inOrder(lock).map((entry) => plannedPackage(entry, repositories.get(entry.repository ?? '')));
}

function inOrder({ packages }: RpmLock): RpmLockedPackage[] {
  return packages.toSorted(
    (a, b) =>
      comparePaths(a.name, b.name) ||
      comparePaths(a.version, b.version) ||
      comparePaths(a.architecture, b.architecture),
  );
}

function plannedPackage(entry: RpmLockedPackage, repository: RpmRepository | undefined): PlannedPackage {
  const { name, version, architecture, used, location, repacked } = entry;
  // A repacked copy alone is its own identity; beside a repository's package it is a second way to have the same.
  const sha256 = entry.sha256 ?? repacked;
  const isInRepository = location !== undefined && sha256 !== repacked;
  const urls = isInRepository ? (repository?.urls ?? []).map((url) => `${url.replace(/\/+$/, '')}/${location}`) : [];
  return {
    distribution: 'rpm',
    name,
    version,
    architecture,
    used,
    artifact: {
      name: `${name}-${version.replace(/^\d+:/, '')}.${architecture}.rpm`,
      ...(sha256 === undefined ? {} : { digest: { algorithm: 'sha256' as const, value: sha256 } }),
      ...(entry.size === undefined ? {} : { size: entry.size }),
      urls,
      ...(repacked === undefined ? {} : { content: repacked }),
      ...(isInRepository ? { origins: [{ path: location, ...indexSignature(repository) }] } : {}),
      ...packageSignature(repository),
      ...(entry.header === undefined ? {} : { mark: entry.header }),
      ...sourceOf(entry),
    },
  };
}

function indexSignature(repository: RpmRepository | undefined): Pick<ArtifactOrigin, 'signature'> {
  return repository?.repoGpgCheck ? { signature: { keys: keysOf(repository) } } : {};
}

function packageSignature(repository: RpmRepository | undefined): Pick<PlannedPackage['artifact'], 'signedBy'> {
  const isAsked = repository?.gpgCheck ?? repository?.keys !== undefined;
  return repository && isAsked ? { signedBy: keysOf(repository) } : {};
}

function keysOf({ keys = [] }: RpmRepository): Sha256[] {
  return keys.flatMap(({ content }) => content ?? []);
}

/** The name of a source package's file says what it is of, which its binary packages need not be named after. */
function sourceOf({ source }: RpmLockedPackage): Pick<PlannedPackage['artifact'], 'source'> {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(source ?? '') ?? [];
  return name === undefined || version === undefined ? {} : { source: { name, version } };
}

function removals({ name, missing = [] }: RpmLockedPackage): RemoveStep[] {
  return missing.map((path) => ({
    kind: 'remove',
    path: parsePath(path),
    reason: `not on the origin, though ${name} brings it`,
  }));
}

function changes({ name, changed = [] }: RpmLockedPackage): Step[] {
  return changed.map(({ path, content, mode, uid, gid, mtime }) => ({
    kind: 'write',
    path: parsePath(path) as FilePath,
    content,
    mode: Number.parseInt(mode, 8),
    uid,
    gid,
    mtime,
    reason: `changed on the origin after ${name} was installed`,
  }));
}
