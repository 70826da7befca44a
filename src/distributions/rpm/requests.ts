import type { Pins, Requests } from '../../packaging/requests.js';
import type { PackageIndex } from './closure.js';
import { plainId } from './origins.js';
import type { RpmPackage } from './package.js';
import { overlaps, relationWith } from './relations.js';
import { packageRequest, type RpmLock, type RpmManifest } from './schema.js';
import { compareVersions } from './versions.js';

/** How a manifest asks for packages; one whole identity is a request for the package of that name. */
export const rpmRequests: Requests<RpmManifest> = {
  parse: (text) => (packageRequest.safeParse(text).success ? { name: partsOf(text).name, text } : undefined),
  pins(text) {
    const { version, architecture } = identityIn(text) ?? {};
    return version && architecture ? { version, architecture } : pinOf(boundOf(text));
  },
  allows(text, { version, architecture }) {
    const very = identityIn(text);
    if (very)
      return compareVersions(version, very.version) === 0 && [very.architecture, undefined].includes(architecture);
    const { name, operator, version: bound } = boundOf(text);
    return overlaps(relationWith(name, '=', version), relationWith(name, operator, bound));
  },
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

function pinOf({ operator, version }: ReturnType<typeof boundOf>): Pins {
  return /^==?$/.test(operator) ? { version } : {};
}

function partsOf(text: string): { readonly name: string } {
  return { name: identityIn(text)?.name ?? boundOf(text).name };
}

/** `name-[epoch:]version-release.architecture` has two dashes and, behind the last, a point; a name alone has not. */
function identityIn(text: string) {
  const [, name, version, architecture] = /^(.+)-([^-<>=]+-[^-<>=]+)\.([a-z0-9_]+)$/.exec(text) ?? [];
  return name && version && architecture ? { name, version, architecture } : undefined;
}
