import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planPython } from './plan.js';
import type { PythonLock, PythonPackage } from './schema.js';

/** Wheels of an index by pip, which compares their hashes: into virtual environments, and where pip installs for all. */
export function pythonRecipes(lock: PythonLock, context: PlanContext): Recipe[] {
  const { artifacts = [] } = planPython(lock, context);
  return lock.environments.flatMap((environment) => {
    const { path, site = path, interpreter = '/usr/bin/python3' } = environment;
    const own = lock.packages.filter((each) => each.at === site && isInIndex(each));
    const isVirtual = environment.site !== undefined;
    if (own.length === 0 || !(isVirtual || isForAll(path, interpreter))) return [];
    const digests = new Set(own.map(({ wheel }) => wheel?.sha256));
    return [
      {
        script: 'python',
        program: 'pip',
        words: {
          interpreter: [interpreter],
          into: isVirtual ? ['--python', `${path}/bin/python`] : [],
          indexes: (lock.indexes ?? []).flatMap((index, at) => [at === 0 ? '--index-url' : '--extra-index-url', index]),
        },
        files: { 'requirements.txt': own.map(requirement).sort().join('') },
        packages: artifacts.filter(({ at, artifact }) => at === site && digests.has(artifact.digest?.value)),
        fetched: 'itself',
        at: prefixOf(path) ?? path,
      },
    ];
  });
}

/** As plain as https://packaging.python.org/en/latest/specifications/name-normalization/ and version-specifiers/ have it. */
function isInIndex({ name, version, wheel, repacked, origin }: PythonPackage): boolean {
  const isPlain = /^[A-Za-z0-9][\w.-]*$/.test(name) && /^[\w.!+-]+$/.test(version);
  return isPlain && wheel !== undefined && repacked === undefined && origin === undefined;
}

/** Where the pip of an interpreter installs when nothing else is said; Debian's is the one that leaves /usr alone. */
function isForAll(path: string, interpreter: string): boolean {
  const prefix = prefixOf(path);
  return prefix !== undefined && [prefixOf(interpreter), '/usr/local'].includes(prefix) && prefix !== '/usr';
}

function prefixOf(path: string): string | undefined {
  return /^(\/.+)\/(?:bin\/[^/]+|lib\/python[\d.]+\/(?:site|dist)-packages)$/.exec(path)?.[1];
}

function requirement({ name, version, wheel }: PythonPackage): string {
  return `${name}==${version} --hash=sha256:${wheel?.sha256}\n`;
}
