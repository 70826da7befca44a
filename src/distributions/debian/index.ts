import type { DistributionModule } from '../distribution.js';
import { debianBase } from './base.js';
import { bootstrapDebian } from './bootstrap.js';
import { checkDebian } from './check.js';
import { debianBaseFiles, debianDatabases } from './database.js';
import { installedDebian, settingsOfDebian } from './installed-versions.js';
import { planDebian } from './plan.js';
import { openDebian } from './reader.js';
import { debianReadiness } from './readiness.js';
import { resolveDebian } from './resolve.js';
import { type DebianLock, type DebianManifest, debianLockSchema, debianManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';

/** Debian and its derivatives: packages of dpkg, archives of apt. */
export const debian: DistributionModule<DebianManifest, DebianLock> = {
  name: 'debian',
  title: 'Debian packages (apt, dpkg)',
  manifestSchema: debianManifestSchema,
  lockSchema: debianLockSchema,
  databases: debianDatabases,
  open: openDebian,
  base: debianBase,
  baseFiles: debianBaseFiles,
  resolve: resolveDebian,
  plan: planDebian,
  readiness: debianReadiness,
  bootstrap: bootstrapDebian,
  check: checkDebian,
  compareVersions,
  installed: installedDebian,
  settings: settingsOfDebian,
};
