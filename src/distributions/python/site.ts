import { baseName, type FilePath, joinPath, parentPath, pathFromBytes, showPath } from '../../model/file-path.js';
import { type DevelopLink, parseEggLink } from './develop.js';
import { type DirectOrigin, parseDirectUrl } from './direct-url.js';
import { type SiteLayout, standardSite } from './layout.js';
import { parseMetadata, parseRequiresText } from './metadata.js';
import { normalizeName } from './names.js';
import { isWhole, parseInstalledFiles, parseRecord, type RecordedFiles } from './record.js';
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
  const python = layout.prefix === undefined ? compiledFor(packages) : undefined;
  return { ...layout, ...(python ? { python } : {}), packages, pathFiles, links, problems };
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
  { site, prefix }: SiteLayout,
  info: FilePath,
  files: ReadonlyMap<string, Buffer>,
): InstalledPackage | string | undefined {
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
  const listed = filesOf(site, info, files);
  const installer = text('INSTALLER');
  return {
    name: normalizeName(metadata.name),
    version: metadata.version,
    site,
    metadata: name === '' ? info : joinPath(info, name),
    requires,
    files: listed ?? new Map([[name === '' ? info : joinPath(info, name), undefined]]),
    folders: listed ? [] : foldersOf(site, info, text('top_level.txt')),
    ...(installer ? { installer } : {}),
    requested: files.has('REQUESTED'),
    ...(origin ? { origin } : {}),
    problems,
  };
}

function filesOf(site: FilePath, info: FilePath, files: ReadonlyMap<string, Buffer>): RecordedFiles | undefined {
  const record = files.get('RECORD');
  if (record) return parseRecord(record, site);
  const installed = files.get('installed-files.txt');
  return installed && parseInstalledFiles(installed, info);
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
