import type { DistributionModule } from '../../packaging/distribution.js';
import { rpmBase } from './base.js';
import { rpmDatabases } from './database.js';
import { extractRpm } from './extract.js';
import { ruleTexts } from './generated.js';
import { installedRpm, settingsOfRpm } from './installed-versions.js';
import { listedRpm } from './listed.js';
import { nearestOfRpm } from './nearest.js';
import { offersOfRpm } from './offers.js';
import { rpmArchives } from './old-builds.js';
import { planRpm } from './plan.js';
import { openRpm } from './reader.js';
import { rpmRecipes } from './recipe.js';
import { exactRpm, rpmRequests } from './requests.js';
import { resolveRpm } from './resolve.js';
import { type RpmLock, type RpmManifest, rpmLockSchema, rpmManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';
import { rpmVolatile } from './volatile.js';

/** Fedora, Enterprise Linux, SUSE and all others whose packages are rpm's. */
export const rpm: DistributionModule<RpmManifest, RpmLock> = {
  name: 'rpm',
  title: 'rpm packages (dnf, yum, zypper)',
  manifestSchema: rpmManifestSchema,
  lockSchema: rpmLockSchema,
  databases: rpmDatabases,
  open: openRpm,
  base: rpmBase,
  resolve: resolveRpm,
  request: (packages) => ({ name: 'rpm', packages: [...packages] }),
  exact: exactRpm,
  requests: rpmRequests,
  plan: planRpm,
  recipes: rpmRecipes,
  offers: offersOfRpm,
  services: (environment) => [...rpmArchives(environment), nearestOfRpm(environment)],
  extract: extractRpm,
  compareVersions,
  installed: installedRpm,
  listed: listedRpm,
  settings: settingsOfRpm,
  volatile: rpmVolatile,
  rules: ruleTexts,
};
