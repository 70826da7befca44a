import { addressesIn } from '../../archives/addresses.js';
import type { ArchiveService, Place } from '../../archives/service.js';
import type { PlannedPackage } from '../../model/plan.js';
import { recognised } from './recognise.js';

/** Build systems with the layout of Koji's, and old repositories with that of the one that a package came from. */
export function rpmArchives(environment: Readonly<Record<string, string | undefined>>): ArchiveService[] {
  const kojis = addressesIn(environment, 'REPROMAN_KOJI_ARCHIVES');
  const vaults = addressesIn(environment, 'REPROMAN_RPM_VAULTS');
  if (kojis.length + vaults.length === 0) return [];
  const addressesOf = (planned: PlannedPackage) => [
    ...vaults.flatMap((base) => pathsOf(planned).map((path) => `${base}/${path}`)),
    ...kojis.flatMap((base) => kojiPath(planned).map((path) => `${base}/${path}`)),
  ];
  return [
    {
      rung: 'old-builds',
      title: 'archives of rpm packages',
      locate: async (packages, { lacks }) =>
        new Map(
          packages.map((planned) => {
            const addresses = addressesOf(planned);
            if (addresses.length === 0) lacks(planned, 'where an archive of builds may have it is not known');
            return [planned, addresses.map((url) => placeAt(url, planned))];
          }),
        ),
    },
  ];
}

function pathsOf({ artifact: { origins = [] } }: PlannedPackage): string[] {
  return origins.flatMap(({ path }) => (path === undefined ? [] : [encodeURI(path)]));
}

/** `packages/SOURCE/VERSION/RELEASE/ARCHITECTURE/FILE`: https://docs.pagure.org/koji/ */
function kojiPath({ architecture, artifact: { name, source } }: PlannedPackage): string[] {
  const [, version, release] = /^(.+)-([^-]+)$/.exec(source?.version ?? '') ?? [];
  if (!source || version === undefined || release === undefined || architecture === undefined) return [];
  return [['packages', source.name, version, release, architecture, name].map(encodeURIComponent).join('/')];
}

/** Build systems sign packages apart from where they keep them: such a file has another hash, and the same header. */
function placeAt(url: string, { artifact: { mark } }: PlannedPackage): Place {
  if (mark === undefined) return { url, evidence: 'by its name' };
  const evidence = 'its header and payload are those of the installed package, whatever it is signed with';
  return { url, evidence, recognise: (content) => recognised(content, mark) };
}
