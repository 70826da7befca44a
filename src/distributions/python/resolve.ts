import { openHttpClient } from '../../archives/http.js';
import { openStore } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import type { LockHalf } from '../../model/lock-half.js';
import { stage } from '../../model/progress.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { resolvePackages } from './resolve-packages.js';
import type { PythonEnvironment, PythonLock, PythonManifest, PythonPackage } from './schema.js';
import { indexesOf } from './settings.js';
import { minorOf } from './virtual-environment.js';

/**
 * Resolves a hand-written or edited manifest: packages of the lock that came with it stay as they are, others are had
 * as wheels from the indexes that the host is set to.
 */
export async function resolvePython(
  manifest: PythonManifest,
  context: ResolveContext<PythonLock>,
): Promise<Resolved<PythonLock>> {
  const { previous, host, libc, progress, at, signal } = context;
  const store = await openStore();
  using client = openHttpClient();
  const environments: PythonEnvironment[] = [];
  const packages: PythonPackage[] = [];
  await stage(progress, 'resolve Python packages', async () => {
    for (const { packages: requests, ...asked } of manifest.environments) {
      const environment = environmentOf(asked, previous);
      const site = environment.site ?? environment.path;
      environments.push(environment);
      const indexes = () => indexesOf(host, process.env);
      const known = previous?.packages.filter((each) => each.at === site) ?? [];
      const from = { known, indexes, client, store, ...(at === undefined ? {} : { at }) };
      const target = { environment, site, machine: host.processor, libc };
      packages.push(...(await resolvePackages(requests, target, { ...from, ...(signal ? { signal } : {}) })));
    }
  });
  return { lock: { name: 'python', environments, packages, requires: requiredOf(previous, context.below) } };
}

/** The same packages of others as before, at the versions that they have now; what of them has gone is not needed. */
function requiredOf(previous: PythonLock | undefined, below: readonly LockHalf[] = []): PythonLock['requires'] {
  return (previous?.requires ?? []).flatMap((each) => {
    const half = below.find(({ name }) => name === each.distribution);
    if (!half) return [each];
    const now = half.packages?.find(({ name, at }) => name === each.name && at === each.at);
    return now ? [{ ...each, version: now.version }] : [];
  });
}

type Asked = Omit<PythonManifest['environments'][number], 'packages'>;

/** What the lock knows of an environment, as long as it is the same Python. */
function environmentOf(asked: Asked, previous: PythonLock | undefined): PythonEnvironment {
  const known = previous?.environments.find(({ path }) => path === asked.path);
  const { path, interpreter = '/usr/bin/python3', python, systemSitePackages = false } = asked;
  if (known && known.python === python && (known.systemSitePackages ?? false) === systemSitePackages) return known;
  const minor = minorOf(python);
  if (python === undefined || minor === undefined) {
    throw new ReproError('usage', `the version of Python is missing of the environment ${path}`, {
      remedy: 'say it as in python: "3.11"',
    });
  }
  const isFolder = /\/(?:site|dist)-packages$/.test(path);
  const site = isFolder ? {} : { systemSitePackages, site: `${path}/lib/python${minor}/site-packages` };
  return { path, interpreter, python, ...site, entries: [] };
}
