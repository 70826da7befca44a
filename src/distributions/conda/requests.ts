import type { Requests } from '../../packaging/requests.js';
import { isMatching, matchIn, onlyVersionOf } from './match.js';
import { type CondaLock, type CondaManifest, packageRequest } from './schema.js';

/** Where packages go that nobody named a prefix for. */
const defaultPrefix = '/opt/conda';

/** One environment with these packages. */
export function requestConda(packages: readonly string[]): CondaManifest {
  return { name: 'conda', prefixes: [{ path: defaultPrefix, packages: [...packages] }] };
}

/** How a manifest asks for packages. */
export const condaRequests: Requests<CondaManifest> = {
  parse: (text) => (packageRequest.safeParse(text).success ? { name: nameIn(text), text } : undefined),
  pins(text) {
    const version = onlyVersionOf(matchIn(text));
    return version === undefined ? {} : { version };
  },
  allows: (text, { version, build }) => isMatching(matchIn(text), version, build),
  edit: (manifest, change) => ({
    ...manifest,
    prefixes: manifest.prefixes.map((each) => ({ ...each, packages: [...change(each.packages)] })),
  }),
};

/** The package of a match specification, in lower case as conda has all names. */
export function nameIn(spec: string): string {
  return (/^(?:\S*::)?([^\s=<>!~[]+)/.exec(spec)?.[1] ?? spec).toLowerCase();
}

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactConda({ prefixes, packages }: CondaLock): CondaManifest {
  return {
    name: 'conda',
    prefixes: prefixes.map(({ path }) => ({
      path,
      packages: packages
        .filter(({ used, at }) => used && at === path)
        .map(({ name, version, build }) => `${name}=${version}=${build}`),
    })),
  };
}
