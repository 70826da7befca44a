import type { Offer } from '../../archives/ladder.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { DistributionModule, InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { extractConda } from './install.js';
import { nearestOfConda } from './nearest.js';
import { condaLabels } from './old-builds.js';
import { cachedPackages } from './package-caches.js';
import { planConda } from './plan.js';
import { metaFolder } from './prefixes.js';
import { openConda } from './reader.js';
import { condaRecipes } from './recipe.js';
import { condaRequests, exactConda, requestConda } from './requests.js';
import { resolveConda } from './resolve.js';
import { type CondaLock, type CondaManifest, condaLockSchema, condaManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';

/** Packages of conda environments, whichever tool installed them. */
export const conda: DistributionModule<CondaManifest, CondaLock> = {
  name: 'conda',
  title: 'conda packages (conda, mamba, micromamba, pixi)',
  manifestSchema: condaManifestSchema,
  lockSchema: condaLockSchema,
  databases: [],
  open: openConda,
  resolve: resolveConda,
  request: requestConda,
  exact: exactConda,
  requests: condaRequests,
  plan: planConda,
  /** As its activate does: https://docs.conda.io/projects/conda/en/stable/dev-guide/deep-dives/activation.html */
  shell: ({ prefixes }) =>
    prefixes.map(({ path }) => ({
      programs: `${path}/bin`,
      variables: { CONDA_PREFIX: path, CONDA_DEFAULT_ENV: path },
    })),
  recipes: condaRecipes,
  extract: extractConda,
  offers: offersOfConda,
  services: (environment) => [...condaLabels(environment), nearestOfConda()],
  compareVersions,
  installed: installedConda,
  rules: {
    'conda-history': 'is where conda keeps what was done to its environment',
    'conda-pinned': 'says which versions conda may install in its environment',
  },
};

async function offersOfConda(host: Machine): Promise<(planned: PlannedPackage) => Offer> {
  const unread: string[] = [];
  const cached = await cachedPackages(host, (path, code) => unread.push(`${showPath(path)}: ${code}`));
  return ({ artifact: { name } }) => ({ files: cached.get(name) ?? [], urls: [], unread });
}

/** Records are called NAME-VERSION-BUILD.json, and neither version nor build has a dash. */
async function installedConda({ list }: TreeReader): Promise<InstalledVersion> {
  return async ({ name, at = '/' as FilePath }) => {
    for (const file of await list(metaFolder(at))) {
      const [, found, version] = /^(.+)-([^-]+)-[^-]+\.json$/.exec(file) ?? [];
      if (found === name) return version;
    }
    return undefined;
  };
}
