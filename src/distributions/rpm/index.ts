import type { DistributionModule } from '../../packaging/distribution.js';
import { rpmBase } from './base.js';
import { rpmDatabases } from './database.js';
import { extractRpm } from './extract.js';
import { ruleTexts } from './generated.js';
import { installedRpm, settingsOfRpm } from './installed-versions.js';
import { offersOfRpm } from './offers.js';
import { rpmArchives } from './old-builds.js';
import { planRpm } from './plan.js';
import { openRpm } from './reader.js';
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
  notByName: {
    why: 'what a package requires may be met in several ways, and dnf chooses for the system that it runs on',
    remedy: 'install the packages on such a system, or in a root with dnf --installroot, and trace or retrace there',
  },
  plan: planRpm,
  offers: offersOfRpm,
  services: rpmArchives,
  extract: extractRpm,
  compareVersions,
  installed: installedRpm,
  settings: settingsOfRpm,
  volatile: rpmVolatile,
  rules: ruleTexts,
};
