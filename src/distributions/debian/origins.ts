import { fieldOf } from '../../archives/apt/deb822.js';
import { findIndexes, type PackagesIndex, readIndex } from '../../archives/apt/indexes.js';
import type { AptSource } from '../../archives/apt/sources.js';
import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Certainty } from '../../model/owner.js';
import { type Progress, silent } from '../../model/progress.js';
import { formerOrigins } from './former.js';
import type { InstalledPackage } from './installed.js';
import { checkReachable } from './reachable.js';
import type { DebianArchive, DebianLock } from './schema.js';

export interface OriginOptions {
  /** Asks the archives whether they still have each file (HEAD requests from this machine). */
  readonly checkReachable?: boolean;
  /** What the machine was made from, where it was made by us. */
  readonly former?: DebianLock | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Where one installed package came from, as far as the apt lists of its machine can tell. */
export interface PackageOrigin {
  readonly certainty: Extract<Certainty, 'indexed' | 'version-only' | 'unknown'>;
  /** All matches, best first. */
  readonly locations: readonly { readonly archive: string; readonly filename: string }[];
  readonly sha256?: string;
  readonly size?: number;
  /** `gone`: no archive has it any more (or no index ever named it): to be repacked. */
  readonly availability: 'present' | 'gone' | 'unchecked';
}

export interface Origins<P extends InstalledPackage> {
  /** The archives that a location refers to. */
  readonly archives: readonly DebianArchive[];
  /** One sources.list line per archive suite in `archives`. */
  readonly sources: readonly string[];
  readonly packages: ReadonlyMap<P, PackageOrigin>;
  /** For people, as whole sentences. */
  readonly notes: readonly string[];
}

interface Match {
  readonly archive: DebianArchive;
  readonly filename: string;
  readonly sha256?: string;
  readonly size?: number;
  /** How many of the compared fields are the same as in dpkg's status. */
  readonly agreement: number;
}

/** The fields that tell a rebuilt package of the same version from the installed one. */
const comparedFields = ['Installed-Size', 'Depends', 'Maintainer'] as const;

/** Joins installed packages with the apt lists of their machine on name, version and architecture. */
export async function findOrigins<P extends InstalledPackage>(
  packages: readonly P[],
  machine: Machine,
  options: OriginOptions = {},
): Promise<Origins<P>> {
  const { progress = silent, signal } = options;
  const architectures = [...new Set(packages.map((installed) => installed.architecture))].filter((a) => a !== 'all');
  const { indexes, missing, problems } = await findIndexes(machine, architectures);
  const notes = missing.map(
    (source) =>
      `apt has not downloaded the index of ${source.uri} ${source.suite} (${source.file}): nothing is known of its packages.`,
  );
  notes.push(...problems);
  const matches = await findMatches(packages, machine, indexes, notes, signal);
  const found = new Map<P, PackageOrigin>();
  for (const installed of packages) found.set(installed, originOf(matches.get(installed) ?? []));
  const archives = usedArchives(matches);
  if (options.former) {
    const unknown = packages.filter((installed) => found.get(installed)?.locations.length === 0);
    const former = formerOrigins(unknown, options.former, archives);
    for (const [installed, origin] of former.packages) found.set(installed, origin);
    archives.push(...former.archives);
  }
  const checked = options.checkReachable
    ? await checkReachable(found, archives, notes, { progress, ...(signal ? { signal } : {}) })
    : found;
  return { archives, sources: sourceLines([...archives, ...unread(missing)]), packages: checked, notes };
}

async function findMatches<P extends InstalledPackage>(
  packages: readonly P[],
  machine: Machine,
  indexes: readonly PackagesIndex[],
  notes: string[],
  signal: AbortSignal | undefined,
): Promise<Map<P, Match[]>> {
  const byName = groupBy(packages, (installed) => installed.name);
  const matches = new Map<P, Match[]>();
  const uris = new Map<string, string>();
  for (const index of indexes) {
    signal?.throwIfAborted();
    const archive = withUniqueId(archiveOf(index), uris);
    try {
      for await (const stanza of readIndex(machine, index, (name) => byName.has(name))) {
        const filename = fieldOf(stanza, 'Filename');
        if (filename === undefined || filename.split('/').includes('..')) continue;
        for (const installed of byName.get(fieldOf(stanza, 'Package') ?? '') ?? []) {
          if (stanza['Version'] !== installed.version || stanza['Architecture'] !== installed.architecture) continue;
          const match = matchOf(installed, stanza, archive, filename.replace(/^\.\//, ''));
          matches.set(installed, [...(matches.get(installed) ?? []), match]);
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      notes.push(`Origins from ${index.source.uri} ${index.source.suite} are not known: ${reasonOf(error)}.`);
    }
  }
  return matches;
}

function matchOf(
  installed: InstalledPackage,
  stanza: Readonly<Record<string, string>>,
  archive: DebianArchive,
  filename: string,
): Match {
  const sha256 = fieldOf(stanza, 'SHA256');
  const size = Number(fieldOf(stanza, 'Size') ?? Number.NaN);
  const agreement = comparedFields.filter((name) => agree(installed.fields[name], fieldOf(stanza, name))).length;
  return {
    archive,
    filename,
    agreement,
    ...(sha256 && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    ...(Number.isSafeInteger(size) ? { size } : {}),
  };
}

/** Equal but for white space; a status field may come as text or as a latin1 view of its bytes. */
function agree(installed: string | undefined, indexed: string | undefined): boolean {
  const [a = '', b = ''] = [installed, indexed].map((text) => text?.replace(/\s+/g, ' ').trim());
  return a === b || Buffer.from(a, 'latin1').toString('utf8') === b;
}

function originOf(matches: readonly Match[]): PackageOrigin {
  const sorted = matches.toSorted((a, b) => b.agreement - a.agreement);
  const [best] = sorted;
  if (!best) return { certainty: 'unknown', locations: [], availability: 'gone' };
  const same = sorted.filter((match) => match.sha256 === best.sha256);
  return {
    certainty: best.agreement === comparedFields.length && best.sha256 ? 'indexed' : 'version-only',
    locations: same.map(({ archive, filename }) => ({ archive: archive.id, filename })),
    ...(best.sha256 ? { sha256: best.sha256 } : {}),
    ...(best.size === undefined ? {} : { size: best.size }),
    availability: 'unchecked',
  };
}

/** How the lock names an index's archive. Debian and Debian-Security have the same Origin: the suite in the id and the label tell them apart. */
export function archiveOf({ source, component, release }: PackagesIndex): DebianArchive {
  const { origin, label, codename, date } = release;
  const host = /^[a-z]+:\/\/([^/]+)/i.exec(source.uri)?.[1] ?? source.uri;
  const place = component === undefined ? source.suite : `${source.suite}/${component}`;
  return {
    id: origin === undefined || origin === 'Debian' ? place : `${origin.replaceAll(' ', '-')}@${host}:${place}`,
    uri: source.uri,
    suite: source.suite,
    ...(component === undefined ? {} : { component }),
    ...(origin ? { origin } : {}),
    ...(label ? { label } : {}),
    ...(codename ? { codename } : {}),
    ...(date ? { date } : {}),
    ...(source.signedBy ? { signedBy: source.signedBy } : {}),
    ...(source.trusted ? { trusted: true } : {}),
  };
}

/** Two mirrors of one suite are two archives. */
export function withUniqueId(archive: DebianArchive, uris: Map<string, string>): DebianArchive {
  let id = archive.id;
  for (let copy = 2; (uris.get(id) ?? archive.uri) !== archive.uri; copy++) id = `${archive.id}#${copy}`;
  uris.set(id, archive.uri);
  return { ...archive, id };
}

function usedArchives(matches: ReadonlyMap<InstalledPackage, readonly Match[]>): DebianArchive[] {
  const archives = new Map<string, DebianArchive>();
  for (const match of [...matches.values()].flat()) archives.set(match.archive.id, match.archive);
  return [...archives.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

type SourceParts = Pick<DebianArchive, 'uri' | 'suite' | 'component' | 'signedBy' | 'trusted'>;

/** Sources without an index, as every image has them whose lists were removed: configured like the others. */
function unread(sources: readonly AptSource[]): SourceParts[] {
  return sources.flatMap(({ uri, suite, components, signedBy, trusted }) => {
    const place = { uri, suite, ...(signedBy ? { signedBy } : {}), ...(trusted ? { trusted } : {}) };
    return components.length === 0 ? [place] : components.map((component) => ({ ...place, component }));
  });
}

/** The archives as sources.list(5) lines, one per suite. */
export function sourceLines(archives: readonly SourceParts[]): string[] {
  const suites = groupBy(archives, ({ uri, suite, signedBy, trusted }) => {
    const key = signedBy?.startsWith('/') && !/\s/.test(signedBy) ? [`signed-by=${signedBy}`] : [];
    const options = [...(trusted ? ['trusted=yes'] : []), ...key];
    return `deb ${options.length > 0 ? `[${options.join(' ')}] ` : ''}${uri} ${suite}`;
  });
  return [...suites]
    .map(([line, members]) => [line, ...members.flatMap((archive) => archive.component ?? []).sort()].join(' '))
    .sort();
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
