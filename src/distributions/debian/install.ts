import { ReproError } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { InstallContext } from '../../packaging/base-system.js';
import { putPackages } from '../../packaging/put-packages.js';
import { shellOf } from './readiness.js';

/** What is left of the work, which no system that was built at once has. */
const leftovers = [
  ...['status-old', 'diversions-old', 'statoverride-old', 'lock', 'lock-frontend', 'triggers/Lock'].map(
    (name) => `/var/lib/dpkg/${name}`,
  ),
  ...['config', 'passwords', 'templates'].map((name) => `/var/cache/debconf/${name}.dat-old`),
  ...['passwd', 'group', 'shadow', 'gshadow'].map((name) => `/etc/${name}-`),
  ...['/etc/.pwd.lock', '/var/cache/ldconfig/aux-cache'],
];

/**
 * As dpkg installs files that are given to it: without apt, for a system need not have that, and without a network. Of a
 * machine that is lived in, locks, logs and backups are none of ours.
 */
export async function installDebian(
  packages: readonly PlannedPackage[],
  { machine, artifacts, epoch, signal }: InstallContext,
  isLive = false,
): Promise<void> {
  const shell = shellOf(machine);
  await using put = await putPackages(packages, '.deb', { machine, artifacts, epoch });
  const environment = {
    PATH: usualPath,
    DEBIAN_FRONTEND: 'noninteractive',
    LC_ALL: 'C.UTF-8',
    SOURCE_DATE_EPOCH: String(epoch),
  };
  const run = (argv: readonly string[]) => shell.run(argv, { environment, ...(signal && { signal }) });
  const log = isLive ? [] : ['--log=/dev/null'];
  const install = ['dpkg', ...log, '--force-confold', '--install', ...put.files];
  try {
    // What must be configured before another is unpacked may come after it: it is, when the others are asked for again.
    let result = await run(install);
    if (result.exit.code !== 0) result = await run(install);
    if (result.exit.code === 0) return;
    const lines = result.stderr.toString('utf8').trim().split('\n').slice(-5).join('\n');
    throw new ReproError('step-failed', `dpkg could not install the packages: ${lines}`, { where: machine.label });
  } finally {
    if (!isLive) await shell.run(['rm', '-rf', '--', ...leftovers], { environment });
  }
}
