import type { Requests } from '../../packaging/requests.js';
import type { PackageIndex } from './closure.js';
import { plainId } from './origins.js';
import type { RpmPackage } from './package.js';
import { relationWith } from './relations.js';
import { packageRequest, type RpmLock, type RpmManifest } from './schema.js';

/** How a manifest asks for packages; one whole identity is a request for the package of that name. */
export const rpmRequests: Requests<RpmManifest> = {
  parse: (text) => (packageRequest.safeParse(text).success ? { name: partsOf(text).name, text } : undefined),
  edit: (manifest, change) => ({ ...manifest, packages: [...change(manifest.packages)] }),
};

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactRpm({ packages }: RpmLock): RpmManifest {
  const used = packages.filter((each) => each.used);
  return {
    name: 'rpm',
    packages: used.map(({ name, version, architecture }) => `${name}-${version}.${architecture}`),
  };
}

/** A request as dnf takes it: a bound has spaces around it. */
export function dnfRequest(text: string): string {
  const { name, operator, version } = boundOf(text);
  return operator === '' ? name : `${name} ${operator.replace('==', '=')} ${version}`;
}

/** Which packages a request is for: that very one, else those of that name, else what provides it. */
export function packagesFor(text: string, index: PackageIndex): readonly RpmPackage[] {
  const { name, operator, version } = boundOf(text);
  const very = index.packages.filter((each) => each.id === text || plainId(each) === text);
  if (very.length > 0) return very;
  const fitting = index.satisfying(relationWith(name, operator, version));
  const named = fitting.filter((each) => each.name === name);
  return named.length > 0 ? named : fitting.slice(0, 1);
}

function boundOf(text: string) {
  const [, name = text, operator = '', version = ''] = /^([^<>=]+)(?:([<>=]+)(.+))?$/.exec(text) ?? [];
  return { name, operator, version };
}

/** `name-[epoch:]version-release.architecture` has two dashes and, behind the last, a point; a name alone has not. */
function partsOf(text: string): { readonly name: string } {
  const [, name] = /^(.+)-[^-<>=]+-[^-<>=]+\.[a-z0-9_]+$/.exec(text) ?? [];
  return { name: name ?? boundOf(text).name };
}
