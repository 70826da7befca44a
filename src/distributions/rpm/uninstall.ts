import type { InstalledPackage, UninstallContext } from '../../packaging/base-system.js';
import { rpmOf, rpmProgram } from './run-rpm.js';

/**
 * All in one transaction of rpm. Where others need some of them, these stay, and the rest goes one by one, those that
 * only the gone needed after them.
 */
export async function uninstallRpm(
  packages: readonly InstalledPackage[],
  { machine }: UninstallContext,
): Promise<readonly string[]> {
  const { shell, environment } = await rpmOf(machine);
  const installed = async () => {
    const format = '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH}\\n';
    const { stdout } = await shell.run([rpmProgram, '--query', '--all', '--queryformat', format], { environment });
    return new Set(stdout.toString('utf8').split('\n'));
  };
  const erase = async (those: readonly InstalledPackage[]) => {
    const { exit } = await shell.run([rpmProgram, '--erase', ...those.map(labelOf)], { environment });
    return exit.code === 0;
  };
  const before = await installed();
  let left = packages.filter((each) => before.has(lineOf(each)));
  for (let count = 0; left.length > 0 && left.length !== count; ) {
    count = left.length;
    if (await erase(left)) break;
    const needed: InstalledPackage[] = [];
    for (const each of left) if (!(await erase([each]))) needed.push(each);
    left = needed;
  }
  const after = await installed();
  return packages.flatMap((each) => {
    const { name, version } = each;
    if (after.has(lineOf(each))) return [`${name} ${version}: other packages need it`];
    const other = [...after].find((line) => line.startsWith(`${name} `) && line.endsWith(` ${each.architecture}`));
    return other === undefined ? [] : [`${name} ${version}: it is at ${other.split(' ')[1]} now`];
  });
}

function lineOf({ name, version, architecture = 'noarch' }: InstalledPackage): string {
  return `${name} ${version} ${architecture}`;
}

/** A label with an epoch is not read by every rpm: of what is installed nobody else has that version. */
function labelOf({ name, version, architecture = 'noarch' }: InstalledPackage): string {
  return `${name}-${version.replace(/^\d+:/, '')}.${architecture}`;
}
