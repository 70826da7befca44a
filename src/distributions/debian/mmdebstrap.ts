import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { Machine, Process } from '../../machines/machine.js';
import { asRootOfMany, chooseBuildMapping, type IdMapping } from '../../machines/rootfs/index.js';
import { pathFromText } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import type { BuildContext } from '../../packaging/base-system.js';
import { MmdebstrapLog } from './bootstrap-log.js';
import type { DebianDetails } from './details.js';
import { debianReadiness, shellOf } from './readiness.js';
import { splitMarker, wrapperFolder } from './seed.js';
import { quoted } from './unfinished.js';

/**
 * Run in the new system when every package is configured: what belongs to the build or would differ between two of
 * them goes, and what mmdebstrap copied from the building machine is made neutral.
 */
const cleanUp = `chroot "$1" env -i "SOURCE_DATE_DAY=$((SOURCE_DATE_EPOCH / 86400))" PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C sh -euc '
rm -f /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap /${splitMarker}
rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/lib/dpkg/lock /var/lib/dpkg/lock-frontend
rm -f /var/lib/dpkg/triggers/Lock /var/cache/debconf/*.dat-lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /var/lib/systemd/random-seed /var/lib/systemd/catalog/database
rm -f /var/log/fontconfig.log /var/log/bootstrap.log /etc/.pwd.lock /root/.rnd
rm -rf /var/cache/ldconfig/* /var/lib/apt/lists /var/cache/apt/archives /var/cache/apt/*.bin
mkdir -p /var/lib/apt/lists /var/cache/apt/archives
mkdir -m 0700 /var/lib/apt/lists/partial /var/cache/apt/archives/partial
for log in /var/log/lastlog /var/log/faillog /var/log/btmp /var/log/wtmp; do if [ -f "$log" ]; then : > "$log"; fi; done
if [ -e /etc/shadow ]; then
  sed -i "s/^\\([^:]*:[^:]*:\\)[0-9][0-9]*:/\\1$SOURCE_DATE_DAY:/" /etc/shadow
  rm -f /etc/shadow- /etc/passwd- /etc/group- /etc/gshadow-
else
  sed -i "s/^\\([^:]*\\):\\*:/\\1:x:/" /etc/passwd /etc/group
fi
rm -f /etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab
printf "# UNCONFIGURED FSTAB FOR BASE SYSTEM\\n" > /etc/fstab
printf "localhost\\n" > /etc/hostname
printf "127.0.0.1\\tlocalhost\\n::1\\tlocalhost ip6-localhost ip6-loopback\\n" > /etc/hosts
: > /etc/resolv.conf
chmod 0644 /etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab
'`;

export interface MmdebstrapRun {
  readonly plan: BootstrapPlan;
  readonly details: DebianDetails;
  /** How many packages it installs. */
  readonly packages: number;
  /** What it is given beside the options that all runs have: hooks, and what to include. */
  readonly options: readonly string[];
  /** A line of sources.list; without it, no archive is asked for anything. */
  readonly source?: string;
  /** Called when it has ended, however that was. */
  readonly done?: () => Promise<void>;
}

/** Runs mmdebstrap on the host; the tree that it makes, as a tar stream, whose `error` says which package failed. */
export async function runMmdebstrap(
  { plan, details, packages, options, source, done = async () => undefined }: MmdebstrapRun,
  { host, workFolder, progress, signal }: BuildContext,
): Promise<Readable> {
  try {
    const shell = shellOf(host);
    const mapping = await checkTools(host);
    const maps = mapping.kind === 'subordinate';
    const sources = join(workFolder, 'sources.list');
    await writeFile(sources, details.sources.map((line) => `${line}\n`).join(''));
    const log = new MmdebstrapLog(packages, progress);
    const argv = [
      'mmdebstrap',
      '--verbose',
      '--variant=custom',
      `--mode=${maps ? 'unshare' : 'root'}`,
      '--format=tar',
      `--architectures=${[plan.architecture, ...details.foreignArchitectures].join(',')}`,
      // What is written is thrown away when it fails, so nothing needs to be on the disk before the end.
      '--dpkgopt=force-unsafe-io',
      '--aptopt=Acquire::Check-Valid-Until "false"',
      '--aptopt=APT::Sandbox::User "root"',
      // Packages come in all at once, and nothing is there before: mmdebstrap 1.6 stumbles over its own diversion.
      `--skip=cleanup/apt,chroot/start-stop-daemon${source === undefined ? ',update' : ''}`,
      ...options,
      `--customize-hook=${cleanUp}`,
      `--customize-hook=upload ${quoted(sources)} /etc/apt/sources.list`,
      details.suite,
      '-',
      source ?? nowhere,
    ];
    const child = await shell.spawn(
      [...(maps ? [] : [...(await asRootOfMany(mapping, host)), ...contained]), ...argv],
      {
        cwd: pathFromText('/'),
        environment: environmentOf(plan, workFolder),
        stdin: 'ignore',
        umask: 0o022,
        ...(signal ? { signal } : {}),
      },
    );
    return resultOf(child, log, done, signal);
  } catch (error) {
    await done();
    throw error;
  }
}

/** mmdebstrap wants an archive, also where it is to ask none: RFC 863's port. */
const nowhere = 'deb [trusted=yes] http://127.0.0.1:9/ none main';

/**
 * As root mmdebstrap mounts the machine's /dev, /proc and /sys into what it builds. In namespaces of their own nobody
 * who removes a work folder can walk into them, and all of it ends with us, however we end. For an ordinary user with
 * subordinate ids it makes such namespaces itself.
 */
const contained = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
];

function environmentOf(plan: BootstrapPlan, temporary: string): Record<string, string> {
  return {
    PATH: `${wrapperFolder}:${usualPath}`,
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
    SOURCE_DATE_EPOCH: String(plan.epoch),
    TMPDIR: temporary,
  };
}

function resultOf(
  child: Process,
  log: MmdebstrapLog,
  done: () => Promise<void>,
  signal: AbortSignal | undefined,
): Readable {
  const output = new PassThrough({ highWaterMark: 1 << 20 });
  output.once('close', () => {
    if (!output.readableEnded) child.kill('SIGTERM');
  });
  const finish = async () => {
    const [, , exit] = await Promise.all([
      child.stdout ? pump(child.stdout, output) : undefined,
      child.stderr ? log.read(child.stderr) : undefined,
      child.exited,
    ]);
    await done();
    if (signal?.aborted) output.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    else if (exit.code !== 0) output.destroy(log.failure(exit.code));
    else {
      log.end();
      output.end();
    }
  };
  finish().catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
  return output;
}

/** Copies until the source ends; a reader that went away is not an error here. */
async function pump(from: Readable, to: PassThrough): Promise<void> {
  for await (const chunk of from) {
    if (to.destroyed) return;
    if (!to.write(chunk))
      await new Promise<void>((resolve) => {
        const go = () => {
          to.off('drain', go).off('close', go);
          resolve();
        };
        to.once('drain', go).once('close', go);
      });
  }
}

/** How the host's user is root; throws when a tool is missing. */
async function checkTools(host: Machine): Promise<IdMapping> {
  const readiness = await debianReadiness(host);
  if (!readiness.ready) throw new ReproError('not-ready', readiness.missing, { remedy: readiness.remedy });
  return await chooseBuildMapping(host);
}
