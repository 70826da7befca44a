import { readIfThere } from '../../machines/if-there.js';
import type { Machine } from '../../machines/machine.js';
import type { FilePath } from '../../model/file-path.js';
import type { InstalledPackage, UninstallContext } from '../../packaging/base-system.js';
import { databaseFolders, parsePackages } from './database.js';
import { apkFailure, apkOf, otherDeeds } from './run-apk.js';

/** As apk removes packages: those that others need stay, and it goes on with the rest. */
export async function uninstallApk(
  packages: readonly InstalledPackage[],
  { machine }: UninstallContext,
): Promise<readonly string[]> {
  const before = await versionsOn(machine);
  const ours = packages.filter(({ name, version }) => before.get(name) === version).map(({ name }) => name);
  if (ours.length > 0) {
    const apk = await apkOf(machine);
    // It takes away what nobody needs, whoever asked for it.
    const simulated = await apk('del', '--simulate', ...ours);
    if (simulated.exit.code !== 0) throw apkFailure('remove', simulated, machine.label);
    const others = otherDeeds(simulated, (_, name) => ours.includes(name));
    if (others.length > 0)
      return packages.map(({ name, version }) => `${name} ${version}: with it apk would do more: ${others.join('; ')}`);
    await apk('del', ...ours);
  }
  const after = await versionsOn(machine);
  return packages.flatMap(({ name, version }) => {
    const there = after.get(name);
    if (there === undefined) return [];
    return [`${name} ${version}: ${there === version ? 'other packages need it' : `it is at ${there} now`}`];
  });
}

async function versionsOn({ files }: Machine): Promise<ReadonlyMap<string, string>> {
  for (const folder of databaseFolders) {
    const content = await readIfThere(files, `${folder}/installed` as FilePath);
    if (content) return new Map(parsePackages(content.toString('latin1')).map((each) => [each.name, each.version]));
  }
  return new Map();
}
