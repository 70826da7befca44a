import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { pathFromText } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import type { Base, BaseSystem, OpenContext } from '../distribution.js';
import { readOsRelease } from '../os-release.js';
import { readUsrLayout } from '../usr-layout.js';
import { bootstrapApk } from './bootstrap.js';
import { apkDatabases, parsePackages, readDatabase } from './database.js';
import { apkDetailsSchema } from './details.js';
import { planBootstrap } from './plan.js';
import type { ApkLock, ApkManifest } from './schema.js';

/** An apk system as the base of a machine. */
export const apkBase: BaseSystem<ApkManifest, ApkLock> = {
  files: apkDatabases,
  describe,
  bare: { name: 'apk', packages: [] },
  plan: planBootstrap,
  readiness: async () => ({ ready: true }),
  build: bootstrapApk,
  check,
};

async function describe({ machine, databases }: OpenContext): Promise<Base | undefined> {
  const database = readDatabase(databases);
  if (!database) return undefined;
  const { ID, VERSION_ID } = readOsRelease(databases);
  return {
    distribution: 'apk',
    release: [ID, VERSION_ID].filter(Boolean).join(' ') || 'unknown',
    architecture: database.architecture,
    layout: (await readUsrLayout(machine)).name,
  };
}

/** What differs between the packages that the plan wants and those that apk's database has; empty when equal. */
async function check(plan: BootstrapPlan, { files, label }: Machine): Promise<readonly string[]> {
  const { folder } = apkDetailsSchema.parse(plan.details);
  const text = await files.read(pathFromText(`${folder}/installed`)).catch((cause: unknown) => {
    throw new ReproError('step-failed', `apk's database on ${label} cannot be read.`, { cause });
  });
  const nameOf = ({ name, version }: { readonly name: string; readonly version: string }) => `${name}-${version}`;
  const installed = new Set(parsePackages(text.toString('latin1')).map(nameOf));
  const wanted = new Set(plan.packages.map(nameOf));
  return [
    ...[...wanted].filter((id) => !installed.has(id)).map((id) => `${id} is not installed.`),
    ...[...installed].filter((id) => !wanted.has(id)).map((id) => `${id} is installed but not planned.`),
  ];
}
