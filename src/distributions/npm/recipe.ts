import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planNpm } from './plan.js';
import type { NpmLock, NpmPackage } from './schema.js';

/** Packages of npm's own trees by `npm ci`, which compares their hashes; their scripts ran on the origin, and do not here. */
export function npmRecipes(lock: NpmLock, context: PlanContext): Recipe[] {
  const { artifacts = [] } = planNpm(lock, context);
  return lock.trees.flatMap(({ path, manager }) => {
    const own = manager === 'npm' ? reachableIn(path, lock.packages) : new Map<string, NpmPackage>();
    const [first] = own.values();
    if (!first) return [];
    const places = new Set([...own.values()].map(({ at }) => at));
    const { uid = 0, gid = 0 } = first.owner ?? {};
    const root = { name: 'environment', version: '0.0.0', dependencies: dependenciesOf('', own) };
    const packages = Object.fromEntries(
      [...own].map(([place, { version, resolved, integrity }]) => {
        return [place, { version, resolved, integrity, dependencies: dependenciesOf(`${place}/`, own) }];
      }),
    );
    const lockFile = {
      name: root.name,
      version: root.version,
      lockfileVersion: 3,
      packages: { '': root, ...packages },
    };
    return [
      {
        script: 'npm',
        program: 'npm',
        words: { modules: [path], owner: [`${uid}:${gid}`] },
        files: { 'package.json': json(root), 'package-lock.json': json(lockFile) },
        packages: artifacts.filter(({ at }) => at !== undefined && places.has(at)),
        fetched: 'itself',
        at: path,
      },
    ];
  });
}

/** Of a tree, by their places as a lock file has them: those of a registry that lie in none but such. */
function reachableIn(modules: string, packages: readonly NpmPackage[]): Map<string, NpmPackage> {
  const found = new Map<string, NpmPackage>();
  const inside = packages.filter(({ at }) => at.startsWith(`${modules}/`)).sort((a, b) => (a.at < b.at ? -1 : 1));
  for (const each of inside) {
    const { name, at, certainty, resolved = 'https:', integrity } = each;
    const place = `node_modules${at.slice(modules.length)}`;
    const outer = place.slice(0, -`/node_modules/${name}`.length);
    const isOuterThere = place === `node_modules/${name}` || found.has(outer);
    // A lock file may leave out the address, which is the registry's then.
    const isInRegistry = certainty !== 'repacked' && integrity !== undefined && /^https?:/.test(resolved);
    if (isOuterThere && isInRegistry && place.endsWith(`node_modules/${name}`)) found.set(place, each);
  }
  return found;
}

/** What lies directly below is what is asked for there: all of it is needed by somebody then. */
function dependenciesOf(folder: string, packages: ReadonlyMap<string, NpmPackage>): Record<string, string> {
  const own = [...packages].filter(([place, { name }]) => place === `${folder}node_modules/${name}`);
  return Object.fromEntries(own.map(([, { name, version }]) => [name, version]));
}

function json(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
