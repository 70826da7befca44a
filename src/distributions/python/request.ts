import { ReproError } from '../../errors.js';
import type { RequestContext } from '../../packaging/distribution.js';
import type { PythonLock, PythonManifest } from './schema.js';

/** Where packages go that nobody named an environment for. */
const defaultEnvironment = '/opt/venv';

/** One virtual environment of the base's own Python. */
export function requestPython(packages: readonly string[], { base, below }: RequestContext): PythonManifest {
  const own = below.find(({ name }) => name === base.distribution)?.packages ?? [];
  const python = /^(?:\d+:)?(\d+\.\d+\.\d+)/.exec(own.find(({ name }) => name === 'python3')?.version ?? '')?.[1];
  if (python === undefined) {
    throw new ReproError('usage', 'Python packages need a Python, and the base has none', {
      where: packages.join(', '),
      remedy: 'ask for python3 too',
    });
  }
  const environment = { path: defaultEnvironment, interpreter: '/usr/bin/python3', python };
  return { name: 'python', environments: [{ ...environment, packages: [...packages] }] };
}

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactPython({ environments, packages }: PythonLock): PythonManifest {
  return {
    name: 'python',
    environments: environments.map(({ path, interpreter, python, systemSitePackages, site }) => ({
      path,
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(python === undefined ? {} : { python }),
      ...(systemSitePackages === undefined ? {} : { systemSitePackages }),
      packages: packages
        .filter(({ used, at }) => used && at === (site ?? path))
        .map(({ name, version }) => `${name}==${version}`),
    })),
  };
}
