import { ReproError } from '../../errors.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { InstallContext } from '../../packaging/base-system.js';
import { putPackages } from '../../packaging/put-packages.js';
import { rpmOf, rpmProgram } from './run-rpm.js';

/**
 * As one transaction of rpm: without dnf, for a system need not have that, and without a network. Each package was
 * verified by its hash, and a repacked one has another compression than its header says. With --install, unlike
 * --upgrade, nothing gives way: not what a package obsoletes, either.
 */
export async function installLiveRpm(
  packages: readonly PlannedPackage[],
  { machine, artifacts, epoch, signal }: InstallContext,
): Promise<void> {
  const { shell, environment } = await rpmOf(machine);
  await using put = await putPackages(packages, '.rpm', { machine, artifacts, epoch });
  const trusting = ['--nosignature', '--nodigest', '--nofiledigest'];
  const { exit, stderr } = await shell.run([rpmProgram, '--install', ...trusting, ...put.files], {
    environment,
    ...(signal && { signal }),
  });
  if (exit.code === 0) return;
  const lines = stderr.toString('utf8').trim().split('\n').slice(-8).join('\n');
  throw new ReproError('step-failed', `rpm could not install the packages:\n${lines}`, { where: machine.label });
}
