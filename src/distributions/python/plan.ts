import { type Sha256, sha256 } from '../../hash.js';
import { type FilePath, parsePath, rootPath } from '../../model/file-path.js';
import type { PlannedPackage, Step } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { DistributionPlan, PlanContext } from '../../packaging/distribution.js';
import type { LockedEntry, PythonEnvironment, PythonLock, PythonPackage } from './schema.js';
import type { WheelPlace } from './wheel.js';

/** Pure: what makes the environments, then the files of their packages, each as it was. */
export function planPython(lock: PythonLock, context: PlanContext): DistributionPlan {
  const { environments, packages, indexes } = lock;
  const bySite = new Map(environments.map((each) => [each.site ?? each.path, each]));
  return {
    artifacts: packages.map((each) => plannedPackage(each, context, indexes)),
    steps: [
      ...environments.flatMap(environmentSteps),
      ...packages.flatMap((each) => packageSteps(each, bySite.get(each.at), context)),
    ],
  };
}

function plannedPackage(each: PythonPackage, context: PlanContext, indexes: readonly string[] = []): PlannedPackage {
  const { name, version, at, used, repacked, wheel, size } = each;
  const key = keyOf(each, context);
  const digest = (value: string) => ({ algorithm: 'sha256' as const, value });
  const bytes = wheel ? wheel.size : size;
  return {
    distribution: 'python',
    name,
    version,
    at: documentPath(at),
    used,
    artifact: {
      name: wheel?.name ?? `${name}-${version}.tar.gz`,
      ...(wheel ? { digest: digest(wheel.sha256) } : {}),
      ...(repacked === undefined ? {} : { digest: digest(repacked), content: repacked }),
      ...(key === undefined ? {} : { key, ...(context.libc === 'musl' && { libc: context.libc }) }),
      ...(bytes === undefined ? {} : { size: bytes }),
      urls: wheel ? [wheel.url] : [],
      ...((wheel || key) && indexes.length > 0 ? { origins: indexes.map((uri) => ({ uri })) } : {}),
    },
  };
}

function packageSteps(each: PythonPackage, environment: PythonEnvironment | undefined, context: PlanContext): Step[] {
  const { name, version, at, repacked, wheel, requested } = each;
  if (repacked !== undefined) {
    return [{ kind: 'unpack', path: rootPath, content: repacked, reason: `${name} ${version} as it was in ${at}` }];
  }
  const content = wheel?.sha256 ?? keyOf(each, context);
  if (content === undefined || !environment) return [];
  const { path, site, interpreter = '/usr/bin/python3', entries } = environment;
  const prefix = site === undefined ? prefixOf(path) : path;
  const details: WheelPlace = {
    site: at,
    prefix,
    interpreter: site === undefined ? interpreter : `${path}/bin/python`,
    requested,
    date: context.epoch,
  };
  const own = entries.find((entry) => entry.path === path);
  return [
    {
      kind: 'unpack',
      path: rootPath,
      content,
      as: { distribution: 'python', details },
      ...(own ? { owner: { uid: own.uid, gid: own.gid } } : {}),
      reason: `installs ${name} ${version} in ${at}`,
    },
  ];
}

/**
 * Of a package of an index, or of an archive with its source, whose wheel is not known: it is built, or had by its version.
 * What is got so is found again by this, and so all is in it that a wheel is for.
 */
function keyOf(
  { name, version, at, repacked, wheel, sdist, origin }: PythonPackage,
  { base: { distribution, release, architecture } }: PlanContext,
): Sha256 | undefined {
  const isOfIndex = sdist !== undefined || origin === undefined;
  if (repacked !== undefined || wheel || !isOfIndex) return undefined;
  return sha256([name, version, at, sdist?.sha256, distribution, release, architecture].join('\n'));
}

/** What is beside the library that a folder of packages is in. */
function prefixOf(site: string): string {
  return /^(\/.*)\/lib(?:64)?\/[^/]+\/(?:site|dist)-packages$/.exec(site)?.[1] ?? site;
}

/** As the environment was; of one that was written by hand, what the interpreter itself makes. */
function environmentSteps({ path, site, interpreter, systemSitePackages, entries }: PythonEnvironment): Step[] {
  if (entries.length > 0 || site === undefined) {
    return entries.flatMap((entry) => entryStep(entry, `part of the Python environment ${path}`));
  }
  const options = ['--without-pip', ...(systemSitePackages ? ['--system-site-packages'] : [])];
  const argv = [interpreter ?? '/usr/bin/python3', '-m', 'venv', ...options, path];
  return [{ kind: 'run', argv, reason: `makes the Python environment ${path}` }];
}

function entryStep(entry: LockedEntry, reason: string): Step[] {
  const { uid, gid, mtime, target, sha256 } = entry;
  const path: FilePath = documentPath(entry.path);
  const mode = Number.parseInt(entry.mode, 8);
  if (entry.type === 'directory') return [{ kind: 'directory', path, mode, uid, gid, mtime, reason }];
  if (entry.type === 'symlink' && target !== undefined) {
    return [{ kind: 'link', path, target: parsePath(target), uid, gid, mtime, reason }];
  }
  return sha256 === undefined ? [] : [{ kind: 'write', path, content: sha256, mode, uid, gid, mtime, reason }];
}
