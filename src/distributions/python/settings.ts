import { namedIn } from '../../archives/addresses.js';
import { withoutCredentials } from '../../archives/http.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, joinPath, pathFromText } from '../../model/file-path.js';
import { literal } from './layout.js';

type Variables = Readonly<Record<string, string | undefined>>;

const systemFiles = ['/etc/pip.conf', '/etc/xdg/pip/pip.conf', '/etc/uv/uv.toml'];
const homeFiles = ['.pip/pip.conf', '.config/pip/pip.conf', '.config/uv/uv.toml'];

/**
 * The package indexes that pip and uv are set to use on a machine, the first first, without user names and passwords;
 * none where nothing is set. https://pip.pypa.io/en/stable/topics/configuration/,
 * https://docs.astral.sh/uv/concepts/configuration-files/
 */
export async function configuredIndexes(
  { files }: Machine,
  places: { readonly homes?: readonly FilePath[]; readonly prefixes?: readonly FilePath[] } = {},
): Promise<string[]> {
  const { homes = [], prefixes = [] } = places;
  const names = [
    ...prefixes.map((prefix) => joinPath(prefix, 'pip.conf')),
    ...homes.flatMap((home) => homeFiles.map((name) => joinPath(home, name))),
    ...systemFiles,
  ];
  // What this user may not read is not set for this user.
  const found = await files.gather(names.map(literal), undefined, () => undefined);
  const addresses = names.flatMap((name) => {
    const content = found.get(name as FilePath)?.toString('utf8');
    if (content === undefined) return [];
    return name.endsWith('.toml') ? tomlAddresses(content) : iniAddresses(content);
  });
  return [...new Set(addresses.map(withoutCredentials))];
}

/** Those that a host asks: of this process's own settings first, else what its pip asks where nothing is set. */
export async function indexesOf(host: Machine, environment: Variables): Promise<string[]> {
  const named = ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX', 'UV_INDEX_URL'];
  const own = host.isLocal ? named.flatMap((name) => words(environment[name] ?? '')) : [];
  const home = host.isLocal ? environment['HOME'] : undefined;
  const configured = await configuredIndexes(host, home?.startsWith('/') ? { homes: [pathFromText(home)] } : {});
  const all = [...new Set([...own.map(withoutCredentials), ...configured])];
  return all.length > 0 ? all : usualIndex(host);
}

/** The base addresses of those that are set for what is gone elsewhere; none where that is set to nothing, undefined where it is not set. */
export function archivesSet(variables: Variables): string[] | undefined {
  return namedIn(variables, 'REPROMAN_PYTHON_ARCHIVES');
}

/** Those that are asked for what is gone elsewhere, and for what builds it: what is set binds, else the host's and the traced. */
export async function archiveIndexes(
  variables: Variables,
  host: Machine,
  traced: readonly string[] = [],
): Promise<string[]> {
  const set = archivesSet(variables)?.map((base) => `${base}/simple`);
  return [...new Set(set ?? [...(await indexesOf(host, variables)), ...traced])];
}

/** pip's help names it: `Base URL of the Python Package Index (default https://...)`. */
async function usualIndex({ shell }: Machine): Promise<string[]> {
  const help = await shell?.run(['python3', '-m', 'pip', 'install', '--help']).catch((error: unknown) => {
    if (error instanceof ReproError && error.kind === 'not-ready') return undefined;
    throw error;
  });
  const [, address] = /\(default\s+(https:\S+?)\)/.exec(help?.stdout.toString('utf8') ?? '') ?? [];
  return address === undefined ? [] : [address];
}

/** `index-url` and `extra-index-url` of any section; a value may go on in indented lines. */
function iniAddresses(content: string): string[] {
  const joined = content.replace(/\r?\n[ \t]+/g, ' ');
  return joined.split(/\r?\n/).flatMap((line) => {
    const [, key = '', value = ''] = /^\s*([\w-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    return /^(?:extra[-_])?index[-_]url$/.test(key) ? words(value) : [];
  });
}

/** `url = "..."` below `[[index]]`, `index-url` and `extra-index-url`. */
function tomlAddresses(content: string): string[] {
  return content.split(/\r?\n/).flatMap((line) => {
    const [, value] = /^\s*(?:url|index-url|extra-index-url)\s*=\s*(.*)$/.exec(line) ?? [];
    return value === undefined ? [] : [...value.matchAll(/["']([^"']+)["']/g)].map(([, url = '']) => url);
  });
}

/** Addresses among words; pip may name a variable (`${TOKEN}`), whose value is nobody's business. */
function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => /^(?:https?|file):\/\//.test(word));
}
