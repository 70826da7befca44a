import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Artifact } from '../../archives/ladder.js';
import { ReproError } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { rootPath } from '../../model/file-path.js';
import type { PlannedPackage } from '../../model/plan.js';
import type { InstallContext } from '../../packaging/base-system.js';
import { shellOf } from './readiness.js';

/** In memory, and out of the tree. */
const folder = 'run/reproman/debs';

/** What is left of the work, which no system that was built at once has. */
const leftovers = [
  ...['status-old', 'diversions-old', 'statoverride-old', 'lock', 'lock-frontend', 'triggers/Lock'].map(
    (name) => `/var/lib/dpkg/${name}`,
  ),
  ...['config', 'passwords', 'templates'].map((name) => `/var/cache/debconf/${name}.dat-old`),
  ...['passwd', 'group', 'shadow', 'gshadow'].map((name) => `/etc/${name}-`),
  ...['/etc/.pwd.lock', '/var/cache/ldconfig/aux-cache'],
];

/** As dpkg installs files that are given to it: without apt, for a system need not have that, and without a network. */
export async function installDebian(
  packages: readonly PlannedPackage[],
  { machine, artifacts, epoch, isLive = false, signal }: InstallContext,
): Promise<void> {
  const shell = shellOf(machine);
  const found = packages.map((planned) => artifactOf(planned, artifacts));
  const files = found.map((_, index) => `${folder}/${index}.deb`);
  await shell.put(rootPath, Readable.from(debs(found, files, epoch), { objectMode: false }));
  const environment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    DEBIAN_FRONTEND: 'noninteractive',
    LC_ALL: 'C.UTF-8',
    SOURCE_DATE_EPOCH: String(epoch),
  };
  const run = (argv: readonly string[]) => shell.run(argv, { environment, ...(signal && { signal }) });
  const log = isLive ? [] : ['--log=/dev/null'];
  const install = ['dpkg', ...log, '--force-confold', '--install', ...files.map((file) => `/${file}`)];
  try {
    // What must be configured before another is unpacked may come after it: it is, when the others are asked for again.
    let result = await run(install);
    if (result.exit.code !== 0) result = await run(install);
    if (result.exit.code === 0) return;
    const lines = result.stderr.toString('utf8').trim().split('\n').slice(-5).join('\n');
    throw new ReproError('step-failed', `dpkg could not install the packages: ${lines}`, { where: machine.label });
  } finally {
    await run(['rm', '-rf', '--', `/${folder}`, ...(isLive ? [] : leftovers)]);
  }
}

function artifactOf(planned: PlannedPackage, artifacts: InstallContext['artifacts']): Artifact {
  const artifact = artifacts.get(planned);
  if (artifact) return artifact;
  throw new ReproError('not-rebuildable', `nobody has the package ${planned.name} ${planned.version}`);
}

async function* debs(found: readonly Artifact[], files: readonly string[], mtime: number): AsyncGenerator<Buffer> {
  const owner = { uid: 0, gid: 0, mtime };
  yield tarHeader({ ...owner, name: folder, type: 'directory', mode: 0o755, size: 0 });
  for (const [index, { file }] of found.entries()) {
    const { size } = await stat(file);
    yield tarHeader({ ...owner, name: files[index] ?? '', type: 'file', mode: 0o644, size });
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) yield chunk;
    yield tarPadding(size);
  }
  yield tarEnd();
}
