import { openHttpClient } from '../../archives/http.js';
import { openStore } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
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
  const { previous, host, progress, signal } = context;
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
      const from = { known: previous?.packages.filter(({ at }) => at === site) ?? [], indexes, client, store };
      const target = { environment, site, machine: host.platform.machine };
      packages.push(...(await resolvePackages(requests, target, { ...from, ...(signal ? { signal } : {}) })));
    }
  });
  return { lock: { name: 'python', environments, packages, requires: previous?.requires ?? [] } };
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
