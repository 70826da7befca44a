import { baseName, type FilePath, parentPath } from '../../model/file-path.js';

/**
 * A folder of installed packages: `<prefix>/lib/pythonX.Y/site-packages`, Debian's `dist-packages`, or any folder that
 * `pip install --target` filled. https://docs.python.org/3/library/sysconfig.html#installation-paths
 */
export interface SiteLayout {
  readonly site: FilePath;
  /** What `bin` and `lib` are below: a virtual environment, /usr/local, ~/.local; absent of a `--target` folder. */
  readonly prefix?: FilePath;
  /** `3.11`; absent where the folder serves all versions. */
  readonly python?: string;
  readonly implementation?: 'cpython' | 'pypy';
}

const standard = /^(.*)\/lib(?:64)?\/(python|pypy)3(\.\d+)?\/(?:site|dist)-packages(?=\/|$)/;

/** What an interpreter brings itself, beside the folder of packages. */
const standardLibrary = /\/lib(?:64)?\/(?:python|pypy)\d[\d.]*\/(?!(?:site|dist)-packages\/)/;

/** The standard folder that a path is or lies in. */
export function standardSite(path: FilePath): SiteLayout | undefined {
  const [site, prefix, kind, minor] = (path.includes('-packages') && standard.exec(path)) || [];
  if (site === undefined) return undefined;
  return {
    site: site as FilePath,
    prefix: (prefix || '/') as FilePath,
    implementation: kind === 'pypy' ? 'pypy' : 'cpython',
    ...(minor === undefined ? {} : { python: `3${minor}` }),
  };
}

/** What a folder of packages may list files of: its prefix, also of a Python whose packages are not looked for, as 2.7. */
export function prefixAround(site: FilePath): FilePath | undefined {
  const [, prefix] = /^(.*)\/lib(?:64)?\/(?:python|pypy)\d[\d.]*\/(?:site|dist)-packages$/.exec(site) ?? [];
  return prefix === undefined ? undefined : ((prefix || '/') as FilePath);
}

/** Debian's folder for all its Pythons: of packages of dpkg alone, which are told by dpkg. */
export const packagedSite = '/usr/lib/python3/dist-packages' as FilePath;

/** The folders that Pythons of the system share beside their own. */
function sharedSites(python: string): FilePath[] {
  const folders = [
    `/usr/local/lib/python${python}/dist-packages`,
    `/usr/local/lib/python${python}/site-packages`,
    `/usr/lib/python${python}/site-packages`,
    `/usr/lib64/python${python}/site-packages`,
    packagedSite,
  ];
  return folders as FilePath[];
}

/** Whether the folder is one of the system's or of a user: they are searched by the same interpreters. */
export function isShared({ prefix }: SiteLayout): boolean {
  return prefix !== undefined && (prefix === '/usr' || prefix === '/usr/local' || prefix.endsWith('/.local'));
}

const databaseFiles =
  'METADATA,RECORD,INSTALLER,REQUESTED,direct_url.json,PKG-INFO,installed-files.txt,requires.txt,top_level.txt';

/** What tells the packages of a folder. */
function databasesOf(site: string): string[] {
  return [
    `${site}/*.{dist-info,egg-info}/{${databaseFiles}}`,
    `${site}/*.egg/EGG-INFO/{PKG-INFO,requires.txt}`,
    `${site}/*.{egg,egg-info,egg-link,pth}`,
  ];
}

const configurationFile = 'pyvenv.cfg';
/** Where wheels put programs and data, below the prefix of their environment. */
const besideLibrary = /\/(?:s?bin|share|etc|include|man)(?=\/)/g;
/** Folders that no environment of people's own lies in. */
const systemFolder =
  /^\/(?:$|(?:usr(?!\/local(?:\/|$))|etc|proc|sys|dev|run|bin|sbin|lib\d*|var\/lib|var\/cache)(?:\/|$))/;

/**
 * Globs of the databases that may tell of a path: those of the folder that it is in, and of the environment whose
 * program or data it may be. `seen` has the folders that were asked about.
 */
export function databasesNear(paths: readonly FilePath[], seen: Set<string>): string[] {
  const globs: string[] = [];
  const once = (folder: string, globsOf: (literal: string) => readonly string[]): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    globs.push(...globsOf(literal(folder)));
  };
  for (const path of paths) {
    const layout = standardSite(path);
    if (layout) {
      const { site, prefix = site, python } = layout;
      once(site, (folder) => [...databasesOf(folder), `${literal(prefix)}/${configurationFile}`]);
      if (isShared(layout) && python) globs.push(...sharedDatabases(python, seen));
      continue;
    }
    // Most paths, and nothing that they lie in can be an environment.
    if (systemFolder.test(path)) continue;
    for (const prefix of prefixesOf(path)) once(`${prefix}/lib`, () => databasesOfPrefix(literal(prefix)));
    // Only modules are imported from a folder that `pip install --target` filled; those of the language are in none.
    if (!/\.(?:py|pyc|so)$/.test(path) || standardLibrary.test(path)) continue;
    for (let at = parentPath(path); !systemFolder.test(at); at = parentPath(at)) {
      once(`${at}/*.dist-info`, () => [`${literal(at)}/*.dist-info/{${databaseFiles}}`]);
    }
  }
  return globs;
}

/** Folders that may be the prefix of the environment that a program, a data file or a configuration is of. */
function prefixesOf(path: FilePath): string[] {
  const configured = configuredPrefix(path);
  const prefixes = Array.from(path.matchAll(besideLibrary), ({ index }) => path.slice(0, index));
  return [...prefixes, ...(configured ? [configured] : [])].filter((prefix) => !systemFolder.test(prefix || '/'));
}

function databasesOfPrefix(prefix: string): string[] {
  return [`${prefix}/${configurationFile}`, ...databasesOf(`${prefix}/lib{,64}/{python,pypy}3*/{site,dist}-packages`)];
}

/** Globs of the databases of all folders that Pythons of one version share. */
export function sharedDatabases(python: string, seen: Set<string>): string[] {
  const fresh = sharedSites(python).filter((site) => !seen.has(site));
  for (const site of fresh) seen.add(site);
  return fresh.flatMap(databasesOf);
}

/** A path in a glob: what would have a meaning there stands for any one character. */
export function literal(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '?');
}

/** The environment that a `pyvenv.cfg` makes of a folder. */
export function configuredPrefix(path: FilePath): FilePath | undefined {
  return baseName(path) === configurationFile ? parentPath(path) : undefined;
}
