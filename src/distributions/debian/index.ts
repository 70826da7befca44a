import { snapshotServices } from '../../archives/apt/snapshot/services.js';
import type { DistributionModule } from '../../packaging/distribution.js';
import { debianBase } from './base.js';
import { buildDebian } from './build.js';
import { debianDatabases } from './database.js';
import { debianRules } from './generated-rules.js';
import { installedDebian, settingsOfDebian } from './installed-versions.js';
import { unmetOfDebian } from './lock-unmet.js';
import { nearestOfDebian } from './nearest.js';
import { offersOfDebian } from './offers.js';
import { planDebian } from './plan.js';
import { openDebian } from './reader.js';
import { debianRecipes } from './recipe.js';
import { resolveDebian } from './resolve.js';
import { debianRequests, exactRequests } from './resolve-requests.js';
import { type DebianLock, type DebianManifest, debianLockSchema, debianManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';
import { debianVolatile } from './volatile.js';

/** Debian and its derivatives: packages of dpkg, archives of apt. */
export const debian: DistributionModule<DebianManifest, DebianLock> = {
  name: 'debian',
  title: 'Debian packages (apt, dpkg)',
  manifestSchema: debianManifestSchema,
  lockSchema: debianLockSchema,
  databases: debianDatabases,
  rules: debianRules,
  open: openDebian,
  base: debianBase,
  resolve: resolveDebian,
  hasDates: true,
  request: (packages) => ({ name: 'debian', packages: [...packages] }),
  exact: exactRequests,
  requests: debianRequests,
  unmet: unmetOfDebian,
  plan: planDebian,
  recipes: debianRecipes,
  offers: offersOfDebian,
  services: (environment, host) => [...snapshotServices(environment), nearestOfDebian(environment, host)],
  builder: buildDebian,
  compareVersions,
  installed: installedDebian,
  settings: settingsOfDebian,
  volatile: debianVolatile,
};
