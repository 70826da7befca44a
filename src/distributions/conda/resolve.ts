import { forEachConcurrently } from '../../archives/concurrency.js';
import { download } from '../../archives/download.js';
import { type HttpClient, openHttpClient } from '../../archives/http.js';
import { type ContentFolder, openStore } from '../../archives/store.js';
import { ReproError, reasonOf } from '../../errors.js';
import type { Digest } from '../../hash.js';
import { comparePaths } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { sitePackagesIn } from './found-packages.js';
import { type Placed, packMade } from './made-files.js';
import { dependencyNames, withoutToken } from './record.js';
import { nameIn } from './requests.js';
import type { CondaLock, CondaManifest, CondaPackage } from './schema.js';
import { type Solved, solve } from './solve.js';

const connections = 8;
const umask = 0o022;

/** `uname -m` as conda's channels have it; of others the names are the same. */
const platforms: Readonly<Record<string, string>> = { x86_64: 'linux-64', i686: 'linux-32' };

type Prefix = CondaManifest['prefixes'][number];

/** Has a program of conda choose, fetches what it chose, and makes the records of an installation. */
export async function resolveConda(
  manifest: CondaManifest,
  context: ResolveContext<CondaLock>,
): Promise<Resolved<CondaLock>> {
  const { previous, contents, progress } = context;
  const prefixes: CondaLock['prefixes'] = [];
  const packages: CondaPackage[] = [];
  const dates: number[] = [];
  await stage(progress, 'resolve packages of conda', async () => {
    for (const prefix of manifest.prefixes) {
      const known = previous?.prefixes.find(({ path }) => path === prefix.path);
      if (known && previous && isAsBefore(prefix, previous)) {
        prefixes.push(known);
        packages.push(...previous.packages.filter(({ at }) => at === prefix.path));
        continue;
      }
      const { placed, epoch } = await placedIn(prefix, context);
      const made = await packMade(prefix.path, placed, epoch);
      if (made.withScripts.length > 0) progress({ kind: 'note', message: notRun(made.withScripts) });
      const rest = await contents?.add(made.tar);
      prefixes.push({ path: prefix.path, ...(rest ? { rest: rest.hash } : {}) });
      packages.push(...locked(prefix, placed));
      dates.push(epoch);
    }
  });
  return { lock: { name: 'conda', prefixes, packages }, ...(dates.length > 0 ? { epoch: Math.max(...dates) } : {}) };
}

function notRun(names: readonly string[]): string {
  return `What these packages do when they are installed is not done: ${names.join(', ')}`;
}

/** Everything that is asked for of a prefix is what is used there, at the same version and build. */
function isAsBefore({ path, packages }: Prefix, previous: CondaLock): boolean {
  const used = previous.packages.filter((each) => each.used && each.at === path);
  const texts = used.map(({ name, version, build }) => `${name}=${version}=${build}`);
  return texts.length === packages.length && packages.every((text) => texts.includes(text));
}

async function placedIn(prefix: Prefix, { host, signal }: ResolveContext<CondaLock>) {
  const named = (process.env['REPROMAN_CONDA_CHANNELS'] ?? '').split(/\s+/).filter(Boolean);
  const { processor: machine } = host;
  const found = await solve({
    ...{ host, packages: prefix.packages, channels: prefix.channels ?? named },
    platform: platforms[machine] ?? `linux-${machine}`,
    ...(signal && { signal }),
  });
  const solved = found.toSorted((a, b) => comparePaths(a.name, b.name));
  const epoch = Math.floor(Math.max(0, ...solved.map(({ timestamp = 0 }) => secondsOf(timestamp))));
  const sitePackages = solved.map(sitePackagesIn).find((path) => path !== undefined);
  const place = {
    prefix: prefix.path,
    umask,
    replaced: epoch,
    ...(sitePackages === undefined ? {} : { sitePackages }),
  };
  const store = await openStore();
  using client = openHttpClient({ connections });
  const files = new Map<Solved, string>();
  await forEachConcurrently(
    solved,
    connections,
    async (each) => void files.set(each, await fetched(each, store, client, signal)),
  );
  const requests = new Map(prefix.packages.map((text) => [nameIn(text), text]));
  const placed = solved.map(
    (each): Placed => ({
      solved: {
        ...each,
        url: withoutToken(each.url),
        ...(each.channel ? { channel: withoutToken(each.channel) } : {}),
      },
      file: files.get(each) ?? '',
      installing: { ...place, file: each.fn },
      requested: requests.get(each.name),
    }),
  );
  return { placed, epoch };
}

/** 253402300799 is the last second of the year 9999: what is more is in milliseconds, as conda does it. */
function secondsOf(timestamp: number): number {
  return timestamp > 253_402_300_799 ? timestamp / 1000 : timestamp;
}

async function fetched(each: Solved, store: ContentFolder, client: HttpClient, signal?: AbortSignal): Promise<string> {
  const digest: Digest | undefined = each.sha256
    ? { algorithm: 'sha256', value: each.sha256 }
    : each.md5
      ? { algorithm: 'md5', value: each.md5 }
      : undefined;
  if (digest === undefined) {
    throw new ReproError('not-rebuildable', `its channel has no hash of ${each.fn}`, { where: withoutToken(each.url) });
  }
  try {
    const { hash } = await store.add(download(each.url, { client, ...(signal && { signal }) }), digest);
    return await store.locate(hash);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ReproError && cause.kind === 'not-ready') throw cause;
    const message = `${each.fn} cannot be had (${reasonOf(cause)}).`;
    throw new ReproError('not-rebuildable', message, { where: withoutToken(each.url), cause });
  }
}

function locked({ path }: Prefix, placed: readonly Placed[]): CondaPackage[] {
  const names = new Set(placed.map(({ solved }) => solved.name));
  return placed.map(({ solved, installing, requested }): CondaPackage => {
    const { name, version, build, subdir, channel, url, fn, sha256, md5, size } = solved;
    const needs = dependencyNames(solved).filter((need) => names.has(need));
    return {
      ...{ name, version, build, architecture: subdir, at: path, used: requested !== undefined, url, file: fn },
      ...(needs.length > 0 ? { needs } : {}),
      ...(channel === undefined ? {} : { channel }),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(md5 === undefined ? {} : { md5 }),
      ...(size === undefined ? {} : { size }),
      ...{ certainty: 'verified', installing, owner: { uid: 0, gid: 0 } },
    };
  });
}
