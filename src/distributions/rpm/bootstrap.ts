import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { requireLocal } from '../../machines/local.js';
import type { Machine } from '../../machines/machine.js';
import { asRootOfMany, chooseBuildMapping, packTree } from '../../machines/rootfs/index.js';
import { pathFromText } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import { stage } from '../../model/progress.js';
import { groupText, passwdText } from '../../packaging/accounts.js';
import type { BuildContext } from '../../packaging/base-system.js';
import { setInstallTimes } from './database-times.js';
import { type RpmDetails, rpmDetailsSchema } from './details.js';
import { RpmPackage } from './package.js';
import { formats } from './places.js';
import { rpmReadiness, shellOf } from './readiness.js';
import { openRpmFile } from './rpm-file.js';

/**
 * Run in the work folder, with mounts and processes of its own; $1 the new root, then the options of rpm. Scripts of
 * packages find the accounts with their traced ids, and but for those of packages that bring the folders themselves,
 * devices and /proc; they have no network.
 */
const install = `
root=$1; shift
mkdir -m 0755 "$root" "$root/etc"
cp seed/* "$root/etc/"
if [ -s first ]; then rpm --root "$root" "$@" --install first; fi
mkdir -p -m 0755 "$root/dev" "$root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for each in null zero full random urandom; do : > "$root/dev/$each"; mount --bind "/dev/$each" "$root/dev/$each"; done
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc proc "$root/proc"
if [ -s rest ]; then exec rpm --root "$root" "$@" --install rest; fi
`;

/**
 * Run on the new root: the seeded accounts stay, whatever a package brought beside them, and what belongs to the build
 * or would differ between two of them goes. Passwords were not carried: their files are made of the accounts, which name
 * them by an x as on every system of rpm packages. $1 the root, $2 the database's folder, $3 the days and $4 the seconds
 * since 1970 of the epoch.
 */
const cleanUp = `
cd "$1"
for each in etc/passwd etc/group; do
  if [ -e "$each.rpmorig" ]; then mv "$each.rpmorig" "$each"; fi
  rm -f "$each.rpmnew" "$each.rpmsave" "$each-"
  sed -i 's/^\\([^:]*\\):\\*:/\\1:x:/' "$each"
done
rm -f ".$2/.rpm.lock" etc/shadow- etc/gshadow- etc/.pwd.lock etc/machine-id.rpmnew var/cache/ldconfig/aux-cache
blank() { [ -e "$1" ] && [ "$(tr -d '\\000' <"$1" | wc -c)" -eq 0 ]; }
if blank etc/shadow; then sed "s/:.*/:*:$3:0:99999:7:::/" etc/passwd >etc/shadow; fi
if blank etc/gshadow; then sed "s/:.*/:*::/" etc/group >etc/gshadow; fi
if [ -e etc/shadow ]; then sed -i "s/^\\([^:]*:[^:]*:\\)[0-9][0-9]*:/\\1$3:/" etc/shadow; fi
for log in var/log/lastlog var/log/faillog var/log/btmp var/log/wtmp; do if [ -f "$log" ]; then : > "$log"; fi; done
find . -newermt "@$4" -exec touch --no-dereference --date "@$4" {} +
`;

/** Installs exactly the plan's packages into a folder, and gives that as a tar stream. */
export async function bootstrapRpm(plan: BootstrapPlan, context: BuildContext): Promise<Readable> {
  const { host, workFolder, progress, signal } = context;
  requireLocal(host, 'building an rpm system');
  const readiness = await rpmReadiness(host);
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  const details = rpmDetailsSchema.parse(plan.details);
  const root = join(workFolder, 'root');
  const mapping = await chooseBuildMapping(host);
  const alone = ['--mount', '--propagation', 'private', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const asRoot = await asRootOfMany(mapping, host, root);
  const contained = [...asRoot, 'setpriv', '--pdeathsig', 'KILL', 'unshare', ...alone, '--'];
  const inside = (script: string, ...words: string[]) =>
    run(host, [...contained, 'sh', '-euc', script, 'sh', root, ...words], workFolder, signal);
  await writeSeed(details, workFolder);
  await writeLists(plan, context);
  await stage(progress, 'installing packages', () => inside(install, ...options(details)), {
    total: plan.packages.length,
    unit: 'packages',
  });
  const day = `${Math.floor(plan.epoch / 86_400)}`;
  await inside(cleanUp, details.database, day, `${plan.epoch}`);
  await setInstallTimes(join(root, details.database, formats.sqlite), plan.epoch);
  return packTree(root, mapping, host);
}

/**
 * Artifacts were verified by their hashes, and a repacked one has another compression than its header says: rpm need
 * not look again. What was missing on the origin is missing here, and not what this machine's own settings leave out.
 * With --install, unlike --upgrade, no version of a package gives way to another, of which the origin has both.
 */
function options({ database, documentation }: RpmDetails): string[] {
  return [
    ...['--define', `_dbpath ${database}`, '--define', '_db_backend sqlite'],
    ...['--define', '_install_langs all', '--define', '_netsharedpath %{nil}', '--define', '_excludedocs 0'],
    ...[
      '--nodeps',
      '--replacefiles',
      '--nosignature',
      '--nodigest',
      '--nofiledigest',
      '--ignorearch',
      '--ignoreos',
      '--noplugins',
    ],
    ...(documentation ? [] : ['--excludedocs']),
  ];
}

async function writeSeed({ accounts }: RpmDetails, workFolder: string): Promise<void> {
  const seed = join(workFolder, 'seed');
  await mkdir(seed);
  await writeFile(join(seed, 'passwd'), passwdText(accounts), { mode: 0o644 });
  await writeFile(join(seed, 'group'), groupText(accounts), { mode: 0o644 });
}

/**
 * rpm takes a file that is no package for a list of them, and what it is given for patterns: so packages get plain names
 * in the work folder. The first list has those that bring /proc or /dev, which nothing may be mounted on by then.
 */
async function writeLists(plan: BootstrapPlan, { artifacts, workFolder }: BuildContext): Promise<void> {
  const lists: [string[], string[]] = [[], []];
  await mkdir(join(workFolder, 'packages'));
  for (const [at, planned] of plan.packages.entries()) {
    const artifact = artifacts.get(planned);
    if (!artifact) {
      throw new ReproError('not-rebuildable', `There is no artifact for ${planned.name} ${planned.version}.`, {
        remedy: 'Trace again with --repack all where the package is installed.',
      });
    }
    const name = `packages/${at}.rpm`;
    await symlink(artifact.file, join(workFolder, name));
    const { header } = await openRpmFile(artifact.file);
    const bringsMountPoint = new RpmPackage(header).files.some(({ path }) => path === '/proc' || path === '/dev');
    lists[bringsMountPoint ? 0 : 1].push(`${name}\n`);
  }
  await writeFile(join(workFolder, 'first'), lists[0].join(''));
  await writeFile(join(workFolder, 'rest'), lists[1].join(''));
}

async function run(host: Machine, argv: readonly string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const { exit, stderr } = await shellOf(host).run(argv, {
    cwd: pathFromText(cwd),
    umask: 0o022,
    ...(signal ? { signal } : {}),
  });
  if (exit.code === 0) return;
  const lines = stderr.toString('utf8').trim().split('\n').slice(-8).join('\n');
  throw new ReproError('step-failed', `The system cannot be built (exit code ${exit.code}).\n${lines}`, {
    where: host.label,
    remedy: 'Trace again with --repack all where the packages are installed.',
  });
}
