import {
  baseName,
  type FilePath,
  isWithin,
  joinPath,
  parentPath,
  pathFromBytes,
  showPath,
} from '../../model/file-path.js';
import { type DevelopLink, parseEggLink } from './develop.js';
import { type DirectOrigin, parseDirectUrl } from './direct-url.js';
import { prefixAround, type SiteLayout, standardSite } from './layout.js';
import { parseMetadata, parseRequiresText } from './metadata.js';
import { normalizeName } from './names.js';
import { isWhole, onlyFile, parseInstalledFiles, parseRecord, type RecordedFiles } from './record.js';
import { parseRequirement, type Requirement } from './requirements.js';

/** One installed package, as its database has it. */
export interface InstalledPackage {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  readonly site: FilePath;
  /** The file that says its name. */
  readonly metadata: FilePath;
  readonly requires: readonly Requirement[];
  readonly files: RecordedFiles;
  /** Folders that are its own, of a package without a list of files. */
  readonly folders: readonly FilePath[];
  readonly installer?: string;
  /** Asked for by name, not only needed by another. */
  readonly requested: boolean;
  readonly origin?: DirectOrigin;
  /** In whole sentences. */
  readonly problems: readonly string[];
}

/** A `.pth` file, with the folders that it adds to `sys.path`. https://docs.python.org/3/library/site.html */
export interface PathFile {
  readonly path: FilePath;
  readonly adds: readonly string[];
}

/** A folder of packages. */
export interface Site extends SiteLayout {
  readonly packages: readonly InstalledPackage[];
  /** In the order in which Python reads them. */
  readonly pathFiles: readonly PathFile[];
  readonly links: readonly DevelopLink[];
  readonly problems: readonly string[];
}

/** Reads the sites that the gathered files tell of. */
export function readSites(databases: ReadonlyMap<FilePath, Buffer>): Site[] {
  const sites = new Map<FilePath, Map<FilePath, Map<string, Buffer>>>();
  for (const [path, content] of databases) {
    const [, site, info, file = ''] = databaseFile.exec(path) ?? [];
    if (site === undefined || info === undefined) continue;
    const infos = sites.get(site as FilePath) ?? new Map<FilePath, Map<string, Buffer>>();
    const at = joinPath(site as FilePath, info);
    sites.set(site as FilePath, infos.set(at, (infos.get(at) ?? new Map()).set(file, content)));
  }
  return [...sites].map(([site, infos]) => readSite(site, infos));
}

/** The folder, the database's name in it, and the file's name in that. */
const databaseFile = /^(.*)\/([^/]+\.(?:dist-info|egg-info|egg|egg-link|pth))(?:\/(.+))?$/;

function readSite(site: FilePath, infos: ReadonlyMap<FilePath, ReadonlyMap<string, Buffer>>): Site {
  const layout = standardSite(site) ?? { site };
  const packages: InstalledPackage[] = [];
  const pathFiles: PathFile[] = [];
  const links: DevelopLink[] = [];
  const problems: string[] = [];
  for (const [info, files] of infos) {
    const whole = files.get('');
    if (info.endsWith('.pth') && whole) {
      pathFiles.push({ path: info, adds: addedPaths(whole) });
      continue;
    }
    if (info.endsWith('.egg-link') && whole) {
      const link = parseEggLink(whole, info, site);
      if (link) links.push(link);
      continue;
    }
    const read = readPackage(layout, info, files);
    if (typeof read === 'object') packages.push(read);
    else if (read !== undefined) problems.push(read);
    const record = files.get('RECORD');
    if (typeof read === 'object' && record && !isWhole(record)) {
      problems.push(
        `${showPath(info)} has a RECORD that was not written to its end: what it does not list is nobody's.`,
      );
    }
  }
  pathFiles.sort((a, b) => (a.path < b.path ? -1 : 1));
  problems.push(...twiceThere(site, packages));
  const python = layout.prefix === undefined ? compiledFor(packages) : undefined;
  return { ...layout, ...(python ? { python } : {}), packages, pathFiles, links, problems };
}

/** What an interrupted upgrade leaves: Python takes the record that it finds first. */
function twiceThere(site: FilePath, packages: readonly InstalledPackage[]): string[] {
  const versions = new Map<string, string[]>();
  for (const { name, version } of packages) versions.set(name, [...(versions.get(name) ?? []), version]);
  return [...versions]
    .filter(([, found]) => found.length > 1)
    .map(
      ([name, found]) =>
        `${showPath(site)} has more than one record of ${name} (${found.join(', ')}): which of them holds is not known.`,
    );
}

/** Of a `--target` folder: the Python that compiled its modules. */
function compiledFor(packages: readonly InstalledPackage[]): string | undefined {
  for (const { files } of packages) {
    for (const path of files.keys()) {
      const [, major, minor] = /\.cpython-(\d)(\d+)\.pyc$/.exec(path) ?? [];
      if (major) return `${major}.${minor}`;
    }
  }
  return undefined;
}

/** Undefined of what is no installed package. */
function readPackage(
  layout: SiteLayout,
  info: FilePath,
  files: ReadonlyMap<string, Buffer>,
): InstalledPackage | string | undefined {
  const { site, prefix } = layout;
  // A source tree has an .egg-info too, and a half-removed package a name that begins with ~.
  const isInstalled = prefix !== undefined || (info.endsWith('.dist-info') && files.has('RECORD'));
  if (!isInstalled || baseName(info).startsWith('~')) return undefined;
  const name = ['METADATA', 'PKG-INFO', 'EGG-INFO/PKG-INFO', ''].find((each) => files.has(each));
  const metadata = name === undefined ? undefined : parseMetadata(files.get(name) ?? Buffer.alloc(0));
  if (name === undefined || !metadata) {
    return `${showPath(info)} names no package, or no version: its files are taken as nobody's.`;
  }
  const problems: string[] = [];
  const text = (file: string) => files.get(file)?.toString('utf8').trim();
  const content = files.get('direct_url.json');
  const origin = content && parseDirectUrl(content);
  if (content && !origin) problems.push('Its direct_url.json cannot be read: where it came from is not known.');
  const required = files.get('requires.txt') ?? files.get('EGG-INFO/requires.txt');
  const requires = [...metadata.requires, ...(required ? parseRequiresText(required) : [])].flatMap((each) => {
    const requirement = parseRequirement(each);
    if (!requirement) problems.push(`Its requirement "${each}" cannot be read.`);
    return requirement ?? [];
  });
  const { listed, outside } = filesOf(layout, info, files);
  if (outside !== undefined)
    problems.push(`It lists ${showPath(outside)}, outside of its environment: that is not its.`);
  if (!listed && info.endsWith('.dist-info')) problems.push('It has no RECORD: its files are known by their names.');
  const installer = text('INSTALLER');
  // Of a zipped egg there is that one file, whatever is in it.
  const database = name === '' || files.has('') ? info : joinPath(info, name);
  return {
    name: normalizeName(metadata.name),
    version: metadata.version,
    site,
    metadata: database,
    requires,
    files: listed ?? onlyFile(database),
    folders: listed ? [] : foldersOf(site, info, text('top_level.txt')),
    ...(installer ? { installer } : {}),
    requested: files.has('REQUESTED'),
    ...(origin ? { origin } : {}),
    problems,
  };
}

interface Listed {
  readonly listed?: RecordedFiles;
  /** A list may name any file of the machine: the first that is not the package's. */
  readonly outside?: FilePath;
}

function filesOf({ site }: SiteLayout, info: FilePath, files: ReadonlyMap<string, Buffer>): Listed {
  const prefix = prefixAround(site);
  const record = files.get('RECORD');
  const installed = files.get('installed-files.txt');
  let outside: FilePath | undefined;
  const place = (path: FilePath): FilePath | undefined => {
    if (isWithin(path, prefix ?? site)) return path;
    const moved = prefix === undefined ? besideModules(path, site) : undefined;
    if (moved === undefined) outside ??= path;
    return moved;
  };
  const listed = record ? parseRecord(record, site, place) : installed && parseInstalledFiles(installed, info, place);
  return { ...(listed ? { listed } : {}), ...(outside === undefined ? {} : { outside }) };
}

/** Where `pip install --target` has what it listed two folders up, as if the modules were in lib/python. */
function besideModules(path: FilePath, site: FilePath): FilePath | undefined {
  const top = parentPath(parentPath(site));
  return isWithin(path, top) ? joinPath(site, path.slice(top === '/' ? 1 : top.length + 1)) : undefined;
}

/** Of a package without a list: its own folder, and those of the modules that it says it has. */
function foldersOf(site: FilePath, info: FilePath, modules = ''): FilePath[] {
  if (info.endsWith('.egg')) return [info];
  const names = modules.split(/\s+/).filter((name) => name !== '' && !name.includes('..'));
  return [info, ...names.map((name) => joinPath(site, pathFromBytes(Buffer.from(name))))];
}

/** Lines of a `.pth` file that are folders; one that begins with `import` is code. */
function addedPaths(content: Buffer): string[] {
  const lines = content.toString('latin1').split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && !/^(?:#|import[ \t])/.test(line)).map((line) => line.trimEnd());
}

/** Folders between a site, or what it stands in, and a file of a package. */
export function foldersAbove(path: FilePath, top: FilePath): FilePath[] {
  const folders: FilePath[] = [];
  for (let at = parentPath(path); at.length > top.length && at.startsWith(top); at = parentPath(at)) folders.push(at);
  return folders;
}
