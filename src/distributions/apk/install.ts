import { ReproError } from '../../errors.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { InstallContext } from '../../packaging/base-system.js';
import { putPackages } from '../../packaging/put-packages.js';
import { apkFailure, apkOf, otherDeeds } from './run-apk.js';

/** As apk installs files that are given to it, once it has said that it would do nothing else. */
export async function installLiveApk(
  packages: readonly PlannedPackage[],
  { machine, artifacts, epoch, signal }: InstallContext,
): Promise<void> {
  refuseCopies(packages);
  const apk = await apkOf(machine, signal);
  const { shell, label } = machine;
  if (!shell) return;
  // Each was verified by its hash. A system in memory loses all that is put there, and these as well.
  const trusting = ['--allow-untrusted', '--force-non-repository'];
  const add = (...more: readonly string[]) => apk('add', ...trusting, ...more);
  await using put = await putPackages(packages, '.apk', { machine, artifacts, epoch });
  const simulated = await add('--simulate', ...put.files);
  if (simulated.exit.code !== 0) throw apkFailure('install', simulated, label);
  const others = otherDeeds(simulated, (deed) => deed === 'Installing');
  if (others.length > 0) throw notAlone(others, label);
  const done = await add(...put.files);
  if (done.exit.code !== 0) throw apkFailure('install', done, label);
}

/** A copy of what was installed has neither scripts nor what apk knows a package by. */
function refuseCopies(packages: readonly PlannedPackage[]): void {
  const copies = packages.filter(({ artifact }) => artifact.content !== undefined);
  if (copies.length === 0) return;
  const names = copies.slice(0, 5).map(({ name, version }) => `${name} ${version}`);
  const more = copies.length > 5 ? ` and ${copies.length - 5} more` : '';
  throw new ReproError(
    'not-rebuildable',
    `of these the spec has a copy of their files, which apk takes for no package: ${names.join(', ')}${more}`,
    { remedy: 'build the environment beside the machine: --backend rootfs, or HOST:rootfs' },
  );
}

function notAlone(others: readonly string[], where: string): ReproError {
  const message = `apk would do more than install what is lacking: ${others.slice(0, 8).join('; ')}`;
  return new ReproError('not-rebuildable', message, {
    where,
    remedy: 'the machine is left as it is; build the environment beside it: --backend rootfs, or HOST:rootfs',
  });
}
