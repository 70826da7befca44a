import { type FilePath, joinPath, pathFromBytes } from '../../model/file-path.js';

/** What a virtual environment itself goes by, beside the packages in it. */
export const environmentName = 'python';
/** Of what is there because the environment is. */
export const environmentRule = 'virtual-environment';

/** What `pyvenv.cfg` says. https://docs.python.org/3/library/venv.html, https://peps.python.org/pep-0405/ */
export interface VirtualEnvironment {
  readonly prefix: FilePath;
  /** `3.11.2`. */
  readonly version?: string;
  /** The folder of the interpreter that it was made of. */
  readonly home?: FilePath;
  readonly systemSitePackages: boolean;
}

/** Reads `pyvenv.cfg`: `key = value` lines; virtualenv and uv write `version_info`. */
export function parseConfiguration(content: Buffer, prefix: FilePath): VirtualEnvironment {
  const values = new Map<string, string>();
  for (const line of content.toString('utf8').split(/\r?\n/)) {
    const [, key = '', value = ''] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== '') values.set(key.toLowerCase(), value);
  }
  const version = /^\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?/.exec(
    values.get('version') ?? values.get('version_info') ?? '',
  );
  const home = values.get('home');
  return {
    prefix,
    ...(version ? { version: version[0] } : {}),
    ...(home?.startsWith('/') ? { home: pathFromBytes(Buffer.from(home)) } : {}),
    systemSitePackages: values.get('include-system-site-packages')?.toLowerCase() === 'true',
  };
}

/** `3.11` of `3.11.2`. */
export function minorOf(version: string | undefined): string | undefined {
  return /^\d+\.\d+/.exec(version ?? '')?.[0];
}

/** The interpreter that an environment was made of. */
export function baseInterpreter({ home, version }: VirtualEnvironment): FilePath | undefined {
  return home && joinPath(home, `python${minorOf(version) ?? '3'}`);
}

/** Its site-packages. */
export function siteOf({ prefix, version }: VirtualEnvironment): FilePath | undefined {
  const minor = minorOf(version);
  return minor === undefined ? undefined : joinPath(prefix, `lib/python${minor}/site-packages`);
}

/** What venv, virtualenv and uv make of an environment themselves, by its name in the environment. */
const ownEntries = [
  /^(?:pyvenv\.cfg|\.gitignore|\.lock|CACHEDIR\.TAG|bin|include|lib|lib64|share|local)$/,
  /^bin\/(?:python|pypy)[\d.]*$/,
  /^bin\/(?:[Aa]ctivate|deactivate|pydoc)[\w.-]*$/,
  /^include\/(?:python|pypy)3[^/]*$/,
  /^lib(?:64)?\/(?:python|pypy)3[^/]*(?:\/site-packages)?$/,
  /^lib(?:64)?\/(?:python|pypy)3[^/]*\/site-packages\/(?:_virtualenv\.(?:py|pth)|[^/]+\.virtualenv)$/,
];

/** Whether an entry of an environment is there because the environment is, whatever was installed. */
export function isOwnEntry(path: FilePath, prefix: FilePath): boolean {
  const name = path.slice(prefix.length + 1);
  return path === prefix || (path.startsWith(`${prefix}/`) && ownEntries.some((pattern) => pattern.test(name)));
}

/** The folders in which such entries lie. */
export function ownFolders({ prefix, version }: VirtualEnvironment): FilePath[] {
  const minor = minorOf(version);
  const below = ['bin', 'include', ...(minor ? [`lib/python${minor}`, `lib/python${minor}/site-packages`] : []), 'lib'];
  return [prefix, ...below.map((name) => joinPath(prefix, name))];
}
