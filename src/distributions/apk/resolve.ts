import { forEachConcurrently } from '../../archives/concurrency.js';
import { download } from '../../archives/download.js';
import { type HttpClient, openHttpClient } from '../../archives/http.js';
import type { KeyFile } from '../../archives/keys.js';
import { type ContentFolder, openStore } from '../../archives/store.js';
import { ReproError, reasonOf } from '../../errors.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { comparePaths, type FilePath, joinPath, pathFromText, rootPath, showPath } from '../../model/file-path.js';
import { type Progress, stage } from '../../model/progress.js';
import { collectAccounts } from '../../packaging/accounts.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { type ApkArchive, readArchive } from './archive.js';
import { type Chosen, choosePackages } from './choose.js';
import { type ApkPackage, databaseFolders } from './database.js';
import { keepDatabase } from './database-files.js';
import { builtAt } from './finish.js';
import { keepKeys, trustOf } from './keys.js';
import { recognised } from './recognise.js';
import { type Candidate, readRepository, repositoriesFor } from './repositories.js';
import { requestOf } from './requests.js';
import type { ApkLock, ApkManifest } from './schema.js';

const passwd = '/etc/passwd' as FilePath;
const group = '/etc/group' as FilePath;
/** Its paths are those of its programs, for which its trigger makes links. */
const programs = '/etc/busybox-paths.d/busybox' as FilePath;
const wanted: ReadonlySet<FilePath> = new Set([passwd, group, programs]);

/** A server that gives many packages at once is asked for a few at a time. */
const connections = 8;

/** A package as it was fetched and verified. */
interface Fetched extends ApkArchive {
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
}

/** Chooses packages from the indexes of repositories, fetches and verifies them, and reads what they put in place. */
export async function resolveApk(manifest: ApkManifest, context: ResolveContext<ApkLock>): Promise<Resolved<ApkLock>> {
  return stage(context.progress, 'resolve packages', () => resolve(manifest, context), {
    summary: ({ lock }) => `${lock.packages.length} packages`,
  });
}

async function resolve(manifest: ApkManifest, context: ResolveContext<ApkLock>): Promise<Resolved<ApkLock>> {
  const { base, progress, signal } = context;
  const repositories = await repositoriesFor({ manifest, ...context, environment: process.env });
  using client = openHttpClient({ connections });
  const asking = { client, ...(signal && { signal }) };
  const trust = await trustOf({ ...context, carried: context.previous?.keys ?? [], environment: process.env });
  const available: Candidate[] = [];
  const keys = new Set<KeyFile>();
  for (const each of repositories) {
    const { candidates, key } = await readRepository(each, base.architecture, { ...asking, trust });
    available.push(...candidates);
    if (key) keys.add(key);
    else
      progress({ kind: 'note', message: `What ${each} says of its packages is not verified, as the settings allow.` });
  }
  const requests = manifest.packages.flatMap((text) => requestOf(text) ?? []);
  const chosen = choosePackages(
    requests,
    available.map((each) => each.package),
    context.isMoved ? [] : context.previous?.packages,
  );
  const urls = new Map(available.map((each) => [each.package, each.url]));
  const fetched = await fetchAll(chosen.packages, urls, await openStore(), asking);
  tellScripts(fetched, progress);
  const world = manifest.packages.map((text) => text.replace('==', '='));
  return { lock: await lockOf(chosen, fetched, { ...context, repositories, keys, world }), epoch: newest(chosen) };
}

function newest({ packages }: Chosen): number {
  return Math.max(0, ...packages.map(builtAt));
}

async function fetchAll(
  packages: readonly ApkPackage[],
  urls: ReadonlyMap<ApkPackage, string>,
  store: ContentFolder,
  asking: { readonly client: HttpClient; readonly signal?: AbortSignal },
): Promise<Map<ApkPackage, Fetched>> {
  const fetched = new Map<ApkPackage, Fetched>();
  await forEachConcurrently(packages, connections, async (each) => {
    const url = urls.get(each) ?? '';
    try {
      const { hash, size } = await store.add(recognised(download(url, asking), each.checksum));
      const archive = await readArchive(await store.locate(hash), wanted);
      fetched.set(each, { ...archive, url, sha256: hash, size });
    } catch (cause) {
      asking.signal?.throwIfAborted();
      if (cause instanceof ReproError && cause.kind === 'not-ready') throw cause;
      const message = `${each.name} ${each.version} cannot be had as the index says it: ${reasonOf(cause)}.`;
      throw new ReproError('not-rebuildable', message, { where: url, cause });
    }
  });
  return fetched;
}

/** Of BusyBox it is known what they do. */
function tellScripts(fetched: ReadonlyMap<ApkPackage, Fetched>, progress: Progress): void {
  const isOfInstallation = (name: string) => /^\.(?:pre|post)-install$/.test(name);
  const names = [...fetched].flatMap(([{ name }, { scripts, contents }]) =>
    [...scripts.keys()].some(isOfInstallation) && !contents.has(programs) ? [name] : [],
  );
  if (names.length === 0) return;
  const message = `What these packages do when they are installed is not done, such as adding accounts: ${names.sort().join(', ')}`;
  progress({ kind: 'note', message });
}

interface LockContext extends ResolveContext<ApkLock> {
  readonly repositories: readonly string[];
  /** Those that the indexes are signed with. */
  readonly keys: ReadonlySet<KeyFile>;
  readonly world: readonly string[];
}

async function lockOf(
  { packages, used, needs }: Chosen,
  fetched: ReadonlyMap<ApkPackage, Fetched>,
  { base, previous, repositories, keys, world, contents }: LockContext,
): Promise<ApkLock> {
  const folder = base.layout === 'merged-usr' ? databaseFolders[0] : databaseFolders[1];
  const sorted = packages.toSorted((a, b) => comparePaths(a.name, b.name));
  return {
    name: 'apk',
    architecture: base.architecture,
    folder,
    repositories: [...repositories],
    ...(contents && keys.size > 0 ? { keys: await keepKeys(contents, keys) } : {}),
    packages: sorted.map((each) => {
      const { name, version, architecture, checksum, fields } = each;
      const own = [...(needs.get(each) ?? [])].map((one) => one.name).sort(comparePaths);
      const { url, sha256, size } = fetched.get(each) ?? {};
      return {
        ...{ name, version, architecture, checksum, used: used.has(each), certainty: 'verified' as const },
        ...(fields.has('o') ? { origin: fields.get('o') } : {}),
        ...(fields.has('c') ? { commit: fields.get('c') } : {}),
        ...(builtAt(each) > 0 ? { built: builtAt(each) } : {}),
        ...(own.length > 0 ? { needs: own } : {}),
        ...(used.has(each) ? {} : { automatic: true }),
        ...{ url, sha256, size },
      };
    }),
    database: contents
      ? await keepDatabase(contents, {
          folder,
          architecture: base.architecture,
          installed: sorted.map((each) => [each.text, ...(fetched.get(each)?.listing ?? [])].join('\n')),
          triggers: sorted.flatMap((each) => triggersOf(each, fetched.get(each))),
          scripts: Buffer.concat([...sorted.flatMap((each) => scriptsOf(each, fetched.get(each))), tarEnd()]),
          world,
        })
      : [],
    links: linksOf([...fetched.values()]),
    accounts: previous?.accounts ?? accountsOf([...fetched.values()]),
  };
}

function triggersOf({ checksum }: ApkPackage, archive: ApkArchive | undefined): string[] {
  return archive?.triggers ? [`${checksum} ${archive.triggers}`] : [];
}

/** As apk keeps them: `NAME-VERSION.CHECKSUM.SCRIPT`. */
function scriptsOf({ name, version, checksum }: ApkPackage, archive: ApkArchive | undefined): Buffer[] {
  return [...(archive?.scripts ?? [])].flatMap(([script, content]) => {
    if (script.startsWith('.SIGN.')) return [];
    const member = `${name}-${version}.${checksum}${script}`;
    const header = { name: member, type: 'file', mode: 0o755, uid: 0, gid: 0, size: content.length, mtime: 0 } as const;
    return [tarHeader(header), content, tarPadding(content.length)];
  });
}

function linksOf(fetched: readonly Fetched[]): ApkLock['links'] {
  const listed = new Set(fetched.flatMap(({ listing }) => pathsIn(listing)));
  const paths = fetched.flatMap(({ contents }) => contents.get(programs)?.toString('utf8').split(/\s+/) ?? []);
  return paths
    .filter((path) => path !== '')
    .map((path) => joinPath(rootPath, pathFromText(path.replace(/^\/+/, ''))))
    .filter((path) => !listed.has(path))
    .sort(comparePaths)
    .map((path) => ({ path: showPath(path), target: '/bin/busybox' }));
}

function pathsIn(listing: readonly string[]): string[] {
  let folder = '';
  return listing.flatMap((line) => {
    if (line.startsWith('F:')) folder = line.slice(2) === '' ? '' : `/${line.slice(2)}`;
    return line.startsWith('R:') ? [`${folder}/${line.slice(2)}`] : [];
  });
}

/** Those that packages bring as files. */
function accountsOf(fetched: readonly Fetched[]): ApkLock['accounts'] {
  const content = (path: FilePath) =>
    fetched.map(({ contents }) => contents.get(path)).find((each) => each !== undefined) ?? Buffer.alloc(0);
  return collectAccounts({
    ...{ passwd: content(passwd), group: content(group), names: new Set<string>() },
    ids: { users: [], groups: [] },
    isStatic: () => true,
  });
}
