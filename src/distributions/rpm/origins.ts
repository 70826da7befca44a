import { forEachConcurrently } from '../../archives/concurrency.js';
import { type HttpClient, openHttpClient } from '../../archives/http.js';
import { askArchive } from '../../archives/reachable.js';
import { reasonOf } from '../../errors.js';
import { sha256 } from '../../hash.js';
import { gatherReadable } from '../../machines/gather.js';
import type { FilePath } from '../../model/file-path.js';
import type { Certainty } from '../../model/owner.js';
import { stage } from '../../model/progress.js';
import { osReleaseFiles } from '../../packaging/os-release.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { RpmDatabase } from './database.js';
import { tag } from './header.js';
import { historyFiles, type Installation, readHistory } from './history.js';
import { keysInDatabase, withTrustedKeys } from './keys.js';
import { withMirrors } from './mirrors.js';
import type { RpmPackage } from './package.js';
import { type Indexed, readPrimary } from './primary.js';
import { readRepositories, repositoryFiles } from './repositories.js';
import { signedPartOf } from './rpm-file.js';
import { type HeaderRange, isSameHeader } from './same-header.js';
import type { RpmRepository } from './schema.js';

/** Where one installed package came from, as far as its machine can tell. */
export interface Origin {
  readonly repository?: string;
  readonly location?: string;
  readonly sha256?: string;
  readonly size?: number;
  readonly header?: HeaderRange;
  readonly certainty: Extract<Certainty, 'verified' | 'indexed' | 'version-only' | 'unknown'>;
  readonly automatic: boolean;
  /** Whether a repository was seen to have it still. */
  readonly isAvailable: boolean;
}

export interface Origins {
  readonly repositories: readonly RpmRepository[];
  readonly packages: ReadonlyMap<RpmPackage, Origin>;
  /** For people, as whole sentences. */
  readonly notes: readonly string[];
}

/** Indexes of repositories as installers keep them, in folders named `ID-HASH` or `ID`. */
const indexFiles: readonly string[] = [
  '/var/cache/{dnf,libdnf5}/*/repodata/*primary.xml*',
  '/var/cache/zypp/raw/*/repodata/*primary.xml*',
  '/var/cache/yum/*/*/*/*primary.xml*',
];

const connections = 16;

/** Joins installed packages with what installers wrote down and with the indexes that they keep. */
export async function findOrigins(
  packages: readonly RpmPackage[],
  { architecture, keys }: Pick<RpmDatabase, 'architecture' | 'keys'>,
  context: Pick<FinishContext, 'machine' | 'contents' | 'mayCarry' | 'repack' | 'progress' | 'signal'>,
): Promise<Origins> {
  const { machine, repack, progress, signal } = context;
  const globs = [...repositoryFiles, ...historyFiles, ...indexFiles, ...osReleaseFiles];
  const files = await gatherReadable(machine, globs, signal);
  const repositories = new Map(readRepositories(files, { architecture }));
  const history = await readHistory(files);
  const notes = [...history.notes];
  const indexed = await findIndexed(new Set(packages.map(plainId)), files, notes);
  const origins = new Map(
    packages.map((each) => {
      const id = plainId(each);
      return [each, originOf(each, history.installations.get(id), indexed.get(id) ?? [])] as const;
    }),
  );
  if (repack === 'missing') await ask(origins, repositories, { progress, notes, ...(signal ? { signal } : {}) });
  const used = new Set([...origins.values()].map(({ repository }) => repository));
  const own = [...repositories.values()].filter(({ id }) => used.has(id));
  const trusted = keysInDatabase({ keys });
  return {
    repositories: await Promise.all(own.map((each) => withTrustedKeys(each, trusted, context))),
    packages: origins,
    notes,
  };
}

/** A package as a repository's index has it. */
export interface Location extends Indexed {
  readonly repository: string;
}

/** The wanted packages in indexes that an installer keeps, by their plain ids. */
export async function findIndexed(
  wanted: ReadonlySet<string>,
  files: ReadonlyMap<FilePath, Buffer>,
  notes: string[],
): Promise<Map<string, Location[]>> {
  const found = new Map<string, Location[]>();
  for (const [path, content] of files) {
    const [, folder] = /\/([^/]+)\/(?:repodata\/)?[^/]*primary\.xml[^/]*$/.exec(path) ?? [];
    if (folder === undefined) continue;
    const repository = folder.replace(/-[0-9a-f]{16}$/, '');
    if (path.endsWith('.zck')) notes.push(`The index of the repository ${repository} is in zchunk, which is not read.`);
    if (path.endsWith('.zck')) continue;
    try {
      for await (const each of readPrimary(content, path)) {
        if (wanted.has(each.id)) found.set(each.id, [...(found.get(each.id) ?? []), { ...each, repository }]);
      }
    } catch (error) {
      notes.push(`The index of the repository ${repository} cannot be read: ${reasonOf(error)}.`);
    }
  }
  return found;
}

/** A package that was built at another time than the index says is another package of the same version. */
function originOf(each: RpmPackage, installed: Installation | undefined, found: readonly Location[]): Origin {
  const built = each.header.number(tag.buildTime);
  const fitting = found.filter((one) => one.built === built && (!installed?.sha256 || one.sha256 === installed.sha256));
  const best = fitting.find(({ repository }) => repository === installed?.repository) ?? fitting[0];
  const repository = best?.repository ?? installed?.repository;
  const sha256 = best?.sha256 ?? installed?.sha256;
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(best === undefined ? {} : { location: best.location }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(best?.size === undefined ? {} : { size: best.size }),
    ...(best?.header === undefined ? {} : { header: best.header }),
    certainty: sha256 !== undefined ? 'indexed' : found.length > 0 ? 'version-only' : 'unknown',
    automatic: installed?.automatic ?? false,
    isAvailable: false,
  };
}

interface AskContext extends Pick<FinishContext, 'progress' | 'signal'> {
  readonly notes: string[];
}

/** Asks the repositories whether another machine can still get each package there. */
async function ask(
  origins: Map<RpmPackage, Origin>,
  repositories: Map<string, RpmRepository>,
  { progress, notes, signal }: AskContext,
): Promise<void> {
  using client = openHttpClient({ connections });
  const wanted = new Set([...origins.values()].flatMap((each) => (each.location ? each.repository : [])));
  for (const id of wanted) {
    const known = repositories.get(id ?? '');
    if (!known) continue;
    const { repository, problem } = await withMirrors(known, client, signal);
    repositories.set(known.id, repository);
    if (problem !== undefined) notes.push(`Packages of ${known.id} are repacked: ${problem}.`);
  }
  const located = [...origins].flatMap(([each, origin]) => {
    const [url] = repositories.get(origin.repository ?? '')?.urls ?? [];
    return url === undefined || origin.location === undefined ? [] : [{ each, origin, url }];
  });
  if (located.length === 0) return;
  const refused = new Map<string, string>();
  let done = 0;
  const work = (advance: (done: number) => void) =>
    forEachConcurrently(located, connections, async ({ each, origin, url }) => {
      if (!refused.has(url)) {
        const address = `${url}/${encodeURI(origin.location ?? '')}`;
        const answer = await askArchive(client, address, signal);
        if (answer.kind === 'closed' || answer.kind === 'silent') refused.set(url, answer.reason);
        if (answer.kind === 'present') origins.set(each, await compared(each, origin, address, client, signal));
      }
      advance(++done);
    });
  await stage(progress, 'ask the repositories', work, { total: located.length, unit: 'packages' });
  for (const [url, reason] of refused) notes.push(`Packages of ${url} are repacked: ${reason}.`);
}

/** What is there by that name may be another package, signed anew or built again: its header says. */
async function compared(
  { header }: RpmPackage,
  origin: Origin,
  address: string,
  client: HttpClient,
  signal: AbortSignal | undefined,
): Promise<Origin> {
  const immutable = header.immutable();
  const isSame =
    immutable && origin.header
      ? await isSameHeader(client, address, origin.header, sha256(signedPartOf(immutable)), signal)
      : undefined;
  if (isSame === undefined) return { ...origin, isAvailable: true };
  return isSame
    ? { ...origin, certainty: 'verified', isAvailable: true }
    : { ...origin, certainty: 'version-only', isAvailable: false };
}

/** An epoch of 0 is as none. */
export function plainId({ id }: Pick<RpmPackage, 'id'>): string {
  return id.replace(/-0:(?=[^-:]*-[^-]*$)/, '-');
}
