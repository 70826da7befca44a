import { gatherReadable } from '../../machines/gather.js';
import type { Machine } from '../../machines/machine.js';
import { baseName, type FilePath, showPath } from '../../model/file-path.js';
import { osReleaseFiles } from '../../packaging/os-release.js';
import { type Alternative, parseAlternative } from './alternatives.js';
import { type Diversion, parseDiversions } from './diversions.js';
import type { StatOverride } from './installed.js';
import { DpkgPackage, isOnDisk } from './package.js';
import { fieldIn, type StanzaSpan, stanzaSpans } from './stanzas.js';

const folder = '/var/lib/dpkg';
const extendedStates = '/var/lib/apt/extended_states';

/** What tells the release and the architecture. */
export const debianBaseFiles: readonly string[] = [
  `${folder}/status`,
  `${folder}/status.d/*`,
  `${folder}/arch`,
  ...osReleaseFiles,
  '/etc/debian_version',
];

/** What the reader needs of a machine from the start; see {@link readChecksums} and {@link gatherControl} for the rest. */
export const debianDatabases: readonly string[] = [
  ...debianBaseFiles,
  `${folder}/diversions`,
  `${folder}/statoverride`,
  `${folder}/updates/*`,
  `${folder}/alternatives/*`,
  `${folder}/info/*.list`,
  extendedStates,
];

/** Scripts and other control files of all packages, for accounts and repacking. */
const controlFiles: readonly string[] = [
  `${folder}/info/*.{preinst,postinst,prerm,postrm,config,templates,triggers,shlibs,symbols,conffiles}`,
];

/** The dpkg database of one machine, read as far as it was asked. */
export interface DpkgDatabase {
  /** Packages whose files are on disk, in the order of the status file. */
  readonly packages: readonly DpkgPackage[];
  readonly architecture: string;
  readonly foreignArchitectures: readonly string[];
  readonly diversions: readonly Diversion[];
  readonly statOverrides: readonly StatOverride[];
  readonly alternatives: readonly Alternative[];
  /** Packages, by `name:architecture`, that apt installed only because others need them. */
  automatic(): ReadonlySet<string>;
  /** Configuration files of packages that were removed, and which. */
  readonly left: ReadonlyMap<FilePath, DpkgPackage>;
  /** What could not be read, as whole sentences. */
  readonly problems: readonly string[];
}

const databases = new WeakMap<ReadonlyMap<FilePath, Buffer>, DpkgDatabase>();

/** Reads the gathered files, once; undefined where there is no dpkg. */
export function readDatabase(files: ReadonlyMap<FilePath, Buffer>): DpkgDatabase | undefined {
  const database = databases.get(files) ?? parseDatabase(files);
  if (database) databases.set(files, database);
  return database;
}

function parseDatabase(files: ReadonlyMap<FilePath, Buffer>): DpkgDatabase | undefined {
  const status = files.get(`${folder}/status` as FilePath);
  const problems: string[] = [];
  const records = status && status.length > 0 ? readStatus(status, files, problems) : readParts(files, problems);
  if (records === undefined) return undefined;
  const native = records.find((record) => record.name === 'dpkg')?.architecture;
  const architectures = lines(files.get(`${folder}/arch` as FilePath));
  const packages = records.filter((record) => isOnDisk(record.state));
  const architecture = native ?? architectures[0] ?? packages.find((each) => each.architecture !== 'all')?.architecture;
  for (const each of packages) if (each.list === undefined) attachFiles(each, files);
  return {
    packages,
    architecture: architecture ?? 'all',
    foreignArchitectures: architectures.filter((each) => each !== architecture),
    diversions: parseDiversions(files.get(`${folder}/diversions` as FilePath) ?? Buffer.alloc(0)),
    statOverrides: parseStatOverrides(files.get(`${folder}/statoverride` as FilePath)),
    alternatives: readAlternatives(files, problems),
    automatic: () => readAutomatic(files),
    left: leftConfiguration(records),
    problems,
  };
}

/** Reads what packages recorded of their files, where that was not done before, in one pass. */
export async function readChecksums(
  packages: readonly DpkgPackage[],
  machine: Machine,
  signal?: AbortSignal,
): Promise<void> {
  const path = ({ stem }: DpkgPackage) => `${folder}/info/${stem}.md5sums` as FilePath;
  const unread = packages.filter((each) => each.md5sums === undefined);
  if (unread.length === 0) return;
  const files = await gatherReadable(machine, unread.map(path), signal);
  for (const each of unread) each.md5sums = files.get(path(each)) ?? Buffer.alloc(0);
}

/** The control files of every package in one pass, by the name of their list without its extension. */
export async function gatherControl(machine: Machine, signal?: AbortSignal): Promise<Map<string, Map<string, Buffer>>> {
  const byStem = new Map<string, Map<string, Buffer>>();
  for (const [path, content] of await gatherReadable(machine, controlFiles, signal)) {
    const name = baseName(path);
    const dot = name.lastIndexOf('.');
    const stem = name.slice(0, dot);
    const files = byStem.get(stem) ?? new Map<string, Buffer>();
    byStem.set(stem, files.set(name.slice(dot + 1), content));
  }
  return byStem;
}

/** A package that was removed and not purged keeps its stanza for its configuration files. */
function leftConfiguration(records: readonly DpkgPackage[]): Map<FilePath, DpkgPackage> {
  const removed = records.filter(({ state }) => state === 'config-files');
  return new Map(removed.flatMap((each) => each.conffiles.map(({ path }) => [path, each] as const)));
}

/** `Auto-Installed: 1` of apt's own states. */
function readAutomatic(files: ReadonlyMap<FilePath, Buffer>): Set<string> {
  const text = (files.get(extendedStates as FilePath) ?? Buffer.alloc(0)).toString('latin1');
  const automatic = new Set<string>();
  for (const span of stanzaSpans(text)) {
    if (fieldIn(text, span, 'Auto-Installed') !== '1') continue;
    automatic.add(`${fieldIn(text, span, 'Package')}:${fieldIn(text, span, 'Architecture')}`);
  }
  return automatic;
}

/** `updates/NNNN` are changes that dpkg has not merged into `status` yet: each replaces a whole stanza. */
function readStatus(status: Buffer, files: ReadonlyMap<FilePath, Buffer>, problems: string[]): DpkgPackage[] {
  const journal = [...files.keys()].filter((path) => /^\/var\/lib\/dpkg\/updates\/\d+$/.test(path)).sort();
  const byId = new Map<string, DpkgPackage>();
  for (const content of [status, ...journal.map((path) => files.get(path) ?? Buffer.alloc(0))]) {
    const text = content.toString('latin1');
    for (const span of stanzaSpans(text)) {
      const record = readRecord(text, span);
      if (record) byId.set(record.id, record);
      else problems.push(`A stanza of dpkg's status cannot be read: "${text.slice(span.start, span.start + 60)}".`);
    }
  }
  return [...byId.values()];
}

/**
 * `status.d` has a file of each package, and beside it `NAME.md5sums`: of images that are made without dpkg, such as
 * distroless ones. What is in them is installed, and of its files those with a sum are known.
 */
function readParts(files: ReadonlyMap<FilePath, Buffer>, problems: string[]): DpkgPackage[] | undefined {
  const parts = [...files].filter(([path]) => path.startsWith(`${folder}/status.d/`) && !path.endsWith('.md5sums'));
  if (parts.length === 0) return undefined;
  problems.push('There is no dpkg: links and folders are on no list, and the packages alone make no system.');
  return parts.flatMap(([path, content]) => {
    const text = content.toString('latin1');
    const [span] = stanzaSpans(text);
    const record = span && readRecord(text, span, 'install ok installed');
    if (!record) problems.push(`The package in ${showPath(path)} cannot be read.`);
    if (!record) return [];
    record.md5sums = files.get(`${path}.md5sums` as FilePath) ?? Buffer.alloc(0);
    record.list = Buffer.from([...record.checksums.keys()].map((file) => `${file}\n`).join(''), 'latin1');
    return [record];
  });
}

function readRecord(text: string, span: StanzaSpan, assumed = ''): DpkgPackage | undefined {
  const name = fieldIn(text, span, 'Package');
  const [want, , state] = (fieldIn(text, span, 'Status') ?? assumed).split(/\s+/);
  if (!name || !want || !state) return undefined;
  const version = fieldIn(text, span, 'Version');
  if (!version && isOnDisk(state)) return undefined;
  return new DpkgPackage(text.slice(span.start, span.end), {
    name,
    version: version ?? '',
    architecture: fieldIn(text, span, 'Architecture') ?? 'all',
    multiArch: fieldIn(text, span, 'Multi-Arch') ?? 'no',
    state,
    hold: want === 'hold',
  });
}

/** Files of `info/`: `name:architecture.ext` for Multi-Arch: same packages, `name.ext` for others (format 1). */
function attachFiles(each: DpkgPackage, files: ReadonlyMap<FilePath, Buffer>): void {
  const { name, architecture, state } = each;
  const withArchitecture = `${name}:${architecture}`;
  each.stem = files.has(`${folder}/info/${withArchitecture}.list` as FilePath) ? withArchitecture : name;
  each.list = files.get(listPath(each));
  if (!each.list) each.problems.push('dpkg has no list of its files.');
  if (state !== 'installed') each.problems.push(describeState(state));
}

/** What dpkg left undone, and what becomes of that. */
function describeState(state: string): string {
  switch (state) {
    case 'half-installed':
      return 'It is half-installed: its files may be missing or of two versions, and are not what create makes.';
    case 'unpacked':
    case 'half-configured':
      return `It is unpacked and not configured (${state}), and is left like that unless others need it.`;
    default:
      return `Something is left to be done for it (${state}), which create does.`;
  }
}

/** The file whose date is when the package was unpacked. */
export function listPath({ stem }: DpkgPackage): FilePath {
  return `${folder}/info/${stem}.list` as FilePath;
}

/** `user group mode path`; the path may hold spaces. */
function parseStatOverrides(content: Buffer | undefined): StatOverride[] {
  return lines(content).flatMap((line) => {
    const match = /^(\S+) (\S+) ([0-7]+) (\/.*)$/.exec(line);
    if (!match) return [];
    const [, user = '', group = '', mode = '', path = ''] = match;
    return [{ user, group, mode, path: path as FilePath }];
  });
}

function readAlternatives(files: ReadonlyMap<FilePath, Buffer>, problems: string[]): Alternative[] {
  const prefix = `${folder}/alternatives/`;
  const alternatives: Alternative[] = [];
  for (const [path, content] of files) {
    if (!path.startsWith(prefix) || path.endsWith('.dpkg-tmp')) continue;
    const alternative = parseAlternative(path.slice(prefix.length), content);
    if (alternative) alternatives.push(alternative);
    else problems.push(`The alternative "${path.slice(prefix.length)}" cannot be read.`);
  }
  return alternatives;
}

function lines(content: Buffer | undefined): string[] {
  return content ? content.toString('latin1').split('\n').filter(Boolean) : [];
}
