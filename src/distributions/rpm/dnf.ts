import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReproError } from '../../errors.js';
import { ownEnvironment } from '../../exec.js';
import type { Shell } from '../../machines/machine.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import type { Verification } from './keys.js';
import type { RpmRepository } from './schema.js';

export interface DnfRequest {
  readonly repositories: ReadonlyMap<RpmRepository, Verification>;
  /** As dnf takes them; what no repository has is left out, and told. */
  readonly packages: readonly string[];
  readonly architecture: string;
  /** What it calls the release. */
  readonly release: string;
  /** An empty folder. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

export interface Downloaded {
  /** Every package of the transaction. */
  readonly files: readonly string[];
  /** The indexes of the repositories, by paths that begin with the repository's id. */
  readonly indexes: ReadonlyMap<FilePath, Buffer>;
  /** What dnf says of requests that it cannot meet. */
  readonly unmet: readonly string[];
}

/** Has dnf itself choose packages for an empty system, and download them. Its settings and caches are its own. */
export async function downloadWithDnf(shell: Shell, request: DnfRequest): Promise<Downloaded> {
  const { packages, architecture, release, folder, signal } = request;
  const root = join(folder, 'root');
  await mkdir(join(folder, 'repos'), { recursive: true });
  await mkdir(root);
  await writeFile(join(folder, 'dnf.conf'), settings(folder));
  await writeFile(join(folder, 'repos/all.repo'), [...request.repositories].map(section).join('\n'));
  const argv = [
    ...['dnf', `--config=${join(folder, 'dnf.conf')}`, `--installroot=${root}`, `--forcearch=${architecture}`],
    ...[`--releasever=${release}`, '--assumeyes', '--downloadonly', 'install', '--', ...packages],
  ];
  // dnf wants to be root even where nothing is installed.
  const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user', '--'];
  const environment = { ...ownEnvironment(), HOME: folder, LC_ALL: 'C.UTF-8' };
  const { exit, stdout, stderr } = await shell.run([...asRoot, ...argv], { environment, ...(signal && { signal }) });
  const said = `${stdout.toString('utf8')}\n${stderr.toString('utf8')}`
    .split('\n')
    .filter((line) => line.trim() !== '');
  const cache = join(root, 'cache');
  if (exit.code !== 0) {
    throw refusal(said, packages);
  }
  const paths = (await readdir(cache, { recursive: true })).map(String);
  const indexes = paths.filter((path) => /\/repodata\/[^/]*primary\.xml[^/]*$/.test(path));
  return {
    files: paths.filter((path) => path.endsWith('.rpm')).map((path) => join(cache, path)),
    indexes: new Map(
      await Promise.all(
        indexes.map(async (path) => [pathFromText(`/${path}`), await readFile(join(cache, path))] as const),
      ),
    ),
    unmet: said.filter((line) => /^(?:No match|\s*Problem|\s+- )/.test(line)).map((line) => line.trim()),
  };
}

/** dnf.conf(5). Places are seen from the new root. */
function settings(folder: string): string {
  const values = {
    reposdir: join(folder, 'repos'),
    ...{ cachedir: '/cache', persistdir: '/persist', logdir: '/log' },
    ...{ keepcache: true, plugins: false, zchunk: false, skip_if_unavailable: false },
    // What is asked for and not there is told by us; weak dependencies are no need.
    ...{ strict: false, install_weak_deps: false },
  };
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  return `[main]\n${lines.join('')}`;
}

function section([{ id, urls, metalink, mirrorList }, { packages, index, keys }]: [
  RpmRepository,
  Verification,
]): string {
  const place =
    urls.length > 0 ? `baseurl=${urls.join(' ')}` : metalink ? `metalink=${metalink}` : `mirrorlist=${mirrorList}`;
  const signed = `gpgcheck=${Number(packages)}\nrepo_gpgcheck=${Number(index)}\n`;
  const own = keys.length > 0 ? `gpgkey=${keys.join(' ')}\n` : '';
  return `[${id}]\nname=${id}\n${place}\nenabled=1\n${signed}${own}`;
}

function refusal(said: readonly string[], packages: readonly string[]): ReproError {
  const isOfSignatures = said.slice(-4).some((line) => /GPG (?:check|signature|verification)/.test(line));
  const [message, remedy] = isOfSignatures
    ? [
        'dnf refuses what these repositories give, as no known key signed it',
        'Name the file of the right key in REPROMAN_RPM_KEYS, or another mirror of the repository.',
      ]
    : ['dnf cannot put these packages together', 'Check the names, or name the repositories that have them.'];
  return new ReproError('not-rebuildable', `${message}.\n${said.slice(-8).join('\n')}`, {
    where: packages.join(' '),
    remedy,
  });
}
