import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatStanza } from '../../archives/apt/deb822.js';
import { listFileName, listsFolder } from '../../archives/apt/lists.js';
import type { AptSource } from '../../archives/apt/sources.js';
import { ReproError } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { Shell } from '../../machines/machine.js';
import { scratchFolder } from '../../scratch.js';
import { describeHeld, heldIn, namesIn } from './held.js';

/** An apt of our own: its sources, lists and (empty) status lie in a folder that goes away with it. */
export interface PrivateApt extends AsyncDisposable {
  readonly lists: string;
  /** What a simulated installation would install; `preferred` versions win wherever all requests can be met with them. */
  simulate(
    requests: readonly string[],
    preferred: readonly Pin[],
  ): Promise<readonly { name: string; version: string; architecture: string }[]>;
}

export interface Pin {
  readonly name: string;
  readonly version: string;
}

export interface PrivateAptOptions {
  readonly sources: readonly AptSource[];
  readonly architecture: string;
  /** Packages that are known without any archive, as index fields (with `Filename`, `Size`, `SHA256`). */
  readonly known: readonly Readonly<Record<string, string>>[];
  readonly signal?: AbortSignal;
}

/** Sets apt up and downloads the indexes; those that the machine has already are only asked for news. */
export async function openPrivateApt(shell: Shell, options: PrivateAptOptions): Promise<PrivateApt> {
  const scratch = await scratchFolder('apt');
  const root = scratch.path;
  try {
    await layOut(root, shell, options);
    const environment = {
      PATH: usualPath,
      LC_ALL: 'C',
      APT_CONFIG: join(root, 'apt.conf'),
      ...proxies(),
    };
    const call = { environment, ...(options.signal ? { signal: options.signal } : {}) };
    const update = await shell.run(['apt-get', 'update', '--quiet=2'], call);
    const simulate: PrivateApt['simulate'] = async (requests, preferred) => {
      await writeFile(join(root, 'etc/apt/preferences.d/locked'), preferred.map(pinStanza).join('\n'));
      const { exit, stdout, stderr } = await shell.run(
        ['apt-get', 'install', '--simulate', '--yes', '--', ...requests],
        call,
      );
      if (exit.code === 0) return installLines(stdout.toString('utf8'));
      const said = `${stdout.toString('utf8')}\n${stderr.toString('utf8')}`;
      const inTheWay = namesIn(heldIn(said));
      const others = preferred.filter(({ name }) => !inTheWay.has(name));
      if (others.length < preferred.length) return simulate(requests, others);
      throw unsolvable(said, requests, update.exit.code === 0 ? '' : update.stderr.toString('utf8'));
    };
    return {
      lists: join(root, 'var/lib/apt/lists'),
      simulate,
      [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

async function layOut(root: string, shell: Shell, options: PrivateAptOptions): Promise<void> {
  const { sources, known } = options;
  for (const folder of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'var/cache/apt/archives/partial', 'known']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true });
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/status'), '');
  await writeFile(join(root, 'known/Packages'), known.map(formatStanza).join('\n'));
  const lines = sources.map(sourceLine);
  if (known.length > 0) lines.push(`deb [trusted=yes] file:${encodeURI(join(root, 'known'))} ./`);
  await writeFile(join(root, 'etc/apt/sources.list'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(root, 'apt.conf'), await configuration(root, shell, options));
  await borrowLists(sources, join(root, 'var/lib/apt/lists'));
}

/** apt_preferences(5); above 990 it wins over the newest version, below 1000 it downgrades nothing. */
function pinStanza({ name, version }: Pin): string {
  return `Package: ${name}\nPin: version ${version}\nPin-Priority: 995\n`;
}

async function configuration(root: string, shell: Shell, { architecture }: PrivateAptOptions): Promise<string> {
  const { stdout } = await shell.run(['apt-config', 'dump']);
  const own = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => /^Acquire::(?:http|https)::Proxy\b/i.test(line));
  return [
    `Dir "${root}";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    'Dir::Etc::Trusted "/etc/apt/trusted.gpg";',
    'Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d/";',
    'Dir::Etc::netrc "/etc/apt/auth.conf";',
    'Dir::Etc::netrcparts "/etc/apt/auth.conf.d/";',
    `APT::Architecture "${architecture}";`,
    `APT::Architectures "${architecture}";`,
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    'pkgCacheGen::ForceEssential ",";',
    'Acquire::Languages "none";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Retries "2";',
    ...own,
    '',
  ].join('\n');
}

/** What apt has of these sources already need not be downloaded again; what cannot be read of it is. */
async function borrowLists(sources: readonly AptSource[], folder: string): Promise<void> {
  const prefixes = sources.map(({ uri, suite }) => listFileName(`${uri}/dists/${suite}/`));
  const names = await readdir(listsFolder).catch(() => []);
  for (const name of names) {
    if (!prefixes.some((prefix) => name.startsWith(prefix)) || !/(?:InRelease|Release|Packages)/.test(name)) continue;
    await copyFile(join(listsFolder, name), join(folder, name)).catch(() => undefined);
  }
}

function sourceLine({ uri, suite, components, signedBy, trusted }: AptSource): string {
  const options = [
    ...(trusted ? ['trusted=yes'] : []),
    ...(signedBy?.startsWith('/') ? [`signed-by=${signedBy}`] : []),
  ];
  const shown = options.length > 0 ? `[${options.join(' ')}] ` : '';
  return ['deb', `${shown}${uri}`, suite, ...components].join(' ');
}

/** `Inst NAME (VERSION ARCHIVE [ARCHITECTURE])`, as `apt-get --simulate` prints it. */
function installLines(text: string): { name: string; version: string; architecture: string }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^Inst ([^\s:]+)(?::\S+)? (?:\[[^\]]*\] )?\((\S+) .*\[([a-z0-9-]+)\]\)/.exec(line);
    const [, name, version, architecture] = match ?? [];
    return name && version && architecture ? [{ name, version, architecture }] : [];
  });
}

function unsolvable(said: string, requests: readonly string[], updateSaid: string): ReproError {
  const errors = (text: string) => text.split('\n').filter((line) => line.startsWith('E:'));
  const held = heldIn(said).map((each) => describeHeld(each, requests));
  const why = held.length > 0 ? held.join('; ') : errors(said).join(' / ');
  const reached = updateSaid === '' ? '' : ` The archives could not all be reached: ${errors(updateSaid).join(' / ')}`;
  return new ReproError(
    'not-rebuildable',
    `apt finds no way to install these packages together: ${why.replace(/\.$/, '')}.${reached}`,
    {
      remedy: 'Take versions that one release has, or leave versions out.',
    },
  );
}

function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'] as const;
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
