import type { Offer } from '../../archives/ladder.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, joinPath, showPath } from '../../model/file-path.js';
import type { PlannedPackage } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { DistributionModule, InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { findCaches, placeInCache } from './caches.js';
import { npmRegistries } from './old-tarballs.js';
import { parsePackageJson } from './package-json.js';
import { planNpm } from './plan.js';
import { openNpm } from './reader.js';
import { npmRecipes } from './recipe.js';
import { exactNpm, npmRequests, requestNpm } from './request.js';
import { resolveNpm } from './resolve.js';
import { type NpmLock, type NpmManifest, npmLockSchema, npmManifestSchema } from './schema.js';
import { extractTarball } from './tarball.js';
import { compareVersions } from './versions.js';

/** Packages of Node.js in node_modules folders, whichever package manager put them there. */
export const npm: DistributionModule<NpmManifest, NpmLock> = {
  name: 'npm',
  title: 'Node.js packages (npm, pnpm, Yarn)',
  manifestSchema: npmManifestSchema,
  lockSchema: npmLockSchema,
  databases: [],
  open: openNpm,
  needs: ({ node }) =>
    node.map(({ at, ...need }) => ({ ...need, ...(at === undefined ? {} : { at: documentPath(at) }) })),
  resolve: resolveNpm,
  hasDates: true,
  request: requestNpm,
  standsOn: 'nodejs',
  exact: exactNpm,
  requests: npmRequests,
  plan: planNpm,
  recipes: npmRecipes,
  extract: extractTarball,
  offers: offersOfNpm,
  services: npmRegistries,
  compareVersions,
  installed: installedNpm,
  rules: {
    'node-modules': 'is what a package manager of Node makes in a node_modules folder',
    'install-script': "was made by a script of the package's installation",
    added: "is not in the package's tarball",
  },
};

/** npm's caches have tarballs by their digests: https://github.com/npm/cacache#readme */
async function offersOfNpm(host: Machine): Promise<(planned: PlannedPackage) => Offer> {
  const unread: string[] = [];
  const caches = await findCaches(host, (path, code) => unread.push(`${showPath(path)}: ${code}`));
  return ({ artifact: { digest } }) => ({
    files: digest ? caches.map((cache) => placeInCache(cache, digest)) : [],
    urls: [],
    unread,
  });
}

async function installedNpm({ read }: TreeReader): Promise<InstalledVersion> {
  return async ({ at = '/' as FilePath }) => {
    const content = await read(joinPath(at, 'package.json'));
    return content && parsePackageJson(content)?.version;
  };
}
