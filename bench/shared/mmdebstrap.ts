import { debianDetailsSchema } from '../../src/distributions/debian/details.js';
import type { LocalArchive } from '../../src/distributions/debian/local-archive.js';
import { planBootstrap } from '../../src/distributions/debian/plan.js';
import type { DebianLock } from '../../src/distributions/debian/schema.js';
import { runProcess } from '../../src/exec.js';
import type { BootstrapPlan } from '../../src/model/plan.js';
import type { Base } from '../../src/packaging/base-system.js';

/** The peer: the links of a merged /usr, and the closure. Not synchronous, because the archive is served from here. */
export async function mmdebstrap(plan: BootstrapPlan, archive: LocalArchive, target: string): Promise<void> {
  const include = plan.packages.map(({ name, version }) => `${name}=${version}`).join(',');
  const { suite } = debianDetailsSchema.parse(plan.details);
  const merged = 'for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done';
  const options = ['--quiet', '--variant=custom', `--include=${include}`, `--setup-hook=${merged}`];
  const { exit, stderr } = await runProcess(['mmdebstrap', ...options, suite, target, archive.source]);
  if (exit.code !== 0) throw new Error(`mmdebstrap failed: ${stderr.toString().slice(-1000)}`);
}

/** What a create of the lock would install as the bare system of the machine's own release. */
export function bootstrapOf(debian: DebianLock, epoch: number): BootstrapPlan {
  const { architecture } = debian;
  const base: Base = {
    distribution: 'debian',
    release: '12',
    codename: 'bookworm',
    architecture,
    layout: 'merged-usr',
  };
  return planBootstrap(debian, { base, libc: 'glibc', epoch });
}
