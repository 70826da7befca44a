import type { VolatileRule } from '../../filesystem/volatile.js';
import type { FilePath } from '../../model/file-path.js';
import type { DistributionModule, InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { packedMembers } from './archive.js';
import { apkBase } from './base.js';
import { apkDatabases, databaseFolders, parsePackages } from './database.js';
import { ruleTexts } from './generated.js';
import { nearestOfApk } from './nearest.js';
import { planApk } from './plan.js';
import { openApk } from './reader.js';
import { apkRecipes } from './recipe.js';
import { apkRequests, exactApk } from './requests.js';
import { resolveApk } from './resolve.js';
import { type ApkLock, type ApkManifest, apkLockSchema, apkManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';

const volatile: readonly VolatileRule[] = [
  {
    name: 'apk-database',
    paths: ['/{usr/,}lib/apk/**', '/etc/apk/world', '/var/cache/apk/**'],
    compare: 'anything',
    reason: 'it lists all packages of the machine; the rebuilt system has those of the closure only',
  },
];

/** Alpine Linux and all others whose packages are apk's. */
export const apk: DistributionModule<ApkManifest, ApkLock> = {
  name: 'apk',
  title: 'Alpine packages (apk)',
  manifestSchema: apkManifestSchema,
  lockSchema: apkLockSchema,
  databases: apkDatabases,
  open: openApk,
  base: apkBase,
  resolve: resolveApk,
  request: (packages) => ({ name: 'apk', packages: [...packages] }),
  exact: exactApk,
  requests: apkRequests,
  plan: planApk,
  recipes: apkRecipes,
  extract: (file) => packedMembers(file),
  services: (environment) => [nearestOfApk(environment)],
  compareVersions,
  installed,
  volatile,
  rules: ruleTexts,
};

async function installed({ read }: TreeReader): Promise<InstalledVersion | undefined> {
  for (const folder of databaseFolders) {
    const content = await read(`${folder}/installed` as FilePath);
    if (!content) continue;
    const versions = new Map(parsePackages(content.toString('latin1')).map(({ name, version }) => [name, version]));
    return async ({ name }) => versions.get(name);
  }
  return undefined;
}
