import { loadDistribution } from '../../distributions/load.js';
import type { RepromanPackage, RepromanSpec } from '../../filesystem/lists/reproman-packages.js';
import type { ComparableSpec, RequestedPackage } from './comparable.js';

/** A spec of ReproMan: what it lists is what it asks for, and where it says nothing of a field any will do. */
export async function comparableOfReproman(spec: RepromanSpec, name: string): Promise<ComparableSpec> {
  return {
    ...{ name, base: undefined, installed: undefined },
    requested: await Promise.all(spec.packages.map(requestOf)),
    ...{ settings: {}, accounts: { users: [], groups: [] }, files: [], paths: spec.files },
    ...{ absent: [], steps: [], runs: [], host: [] },
    async *snapshot() {},
  };
}

async function requestOf(each: RepromanPackage): Promise<RequestedPackage> {
  const { distribution, name, version, constraint, architecture, build, at, folder, identity, sha256, branch } = each;
  const module = await loadDistribution(distribution);
  const named = architecture === undefined ? name : `${name}:${architecture}`;
  const text = `${named}${constraint ?? (version === undefined ? '' : ` ${version}`)}`;
  const details = Object.entries({ branch }).filter(([, value]) => value !== undefined);
  return {
    ...{ distribution, name, text, origins: each.origins, details: Object.fromEntries(details) },
    content: sha256 === undefined ? {} : { sha256 },
    ...(version !== undefined && { version }),
    ...(constraint !== undefined && { constraint }),
    ...(architecture !== undefined && { architecture }),
    ...(build !== undefined && { build }),
    ...(at !== undefined && { at }),
    ...(folder !== undefined && { folder }),
    ...(identity !== undefined && { identity }),
    allows: (installed) => {
      if (architecture !== undefined && installed.architecture !== architecture) return false;
      if (build !== undefined && installed.build !== build) return false;
      if (version !== undefined) return installed.version === version;
      if (constraint === undefined) return true;
      const request = module?.requests?.parse(`${name}${constraint}`);
      return request !== undefined && module?.requests?.allows(request.text, installed) === true;
    },
  };
}
