import { usualPath } from '../../exec.js';
import type { InstalledPackage, UninstallContext } from '../../packaging/base-system.js';
import { shellOf } from './readiness.js';

/** As dpkg removes packages with their settings: those that others need stay, and it goes on with the rest. */
export async function uninstallDebian(
  packages: readonly InstalledPackage[],
  { machine }: UninstallContext,
): Promise<readonly string[]> {
  const shell = shellOf(machine);
  const environment = {
    PATH: usualPath,
    DEBIAN_FRONTEND: 'noninteractive',
    LC_ALL: 'C.UTF-8',
  };
  const format = `\${Package}:\${Architecture}\\t\${Version}\\t\${db:Status-Status}\\n`;
  const versions = async () => {
    const { stdout } = await shell.run(['dpkg-query', '--show', '--showformat', format], { environment });
    const lines = stdout
      .toString('utf8')
      .split('\n')
      .map((line) => line.split('\t'));
    return new Map(lines.flatMap(([key = '', version = '', state]) => (state === 'installed' ? [[key, version]] : [])));
  };
  const keyOf = ({ name, architecture }: InstalledPackage) => `${name}:${architecture ?? 'all'}`;
  const before = await versions();
  const ours = packages.filter((each) => before.get(keyOf(each)) === each.version);
  if (ours.length > 0) await shell.run(['dpkg', '--purge', ...ours.map(keyOf)], { environment });
  const after = await versions();
  return packages.flatMap((each) => {
    const version = after.get(keyOf(each));
    if (version === undefined) return [];
    const why = version === each.version ? 'other packages need it' : `it is at ${version} now`;
    return [`${each.name} ${each.version}: ${why}`];
  });
}
