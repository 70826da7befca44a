import { withoutCredentials } from '../../archives/http.js';
import { baseName, type FilePath } from '../../model/file-path.js';
import { readOsRelease } from '../../packaging/os-release.js';
import type { RpmRepository } from './schema.js';

/** Where repositories are defined, and the variables in their addresses. */
export const repositoryFiles: readonly string[] = [
  '/etc/{yum.repos.d,zypp/repos.d}/*.repo',
  '/etc/{yum/vars,dnf/vars,zypp/vars.d}/*',
  '/etc/{dnf/dnf,yum}.conf',
];

/** What the variables in addresses are of. */
export interface Target {
  readonly architecture: string;
  /** As os-release has them: default those of the machine. */
  readonly system?: string | undefined;
  readonly version?: string | undefined;
}

/** The repositories that a machine knows, by their ids; addresses have no credentials. dnf.conf(5). */
export function readRepositories(
  files: ReadonlyMap<FilePath, Buffer>,
  target: Target,
  { onlyEnabled = false } = {},
): ReadonlyMap<string, RpmRepository> {
  const variables = variablesOf(files, target);
  const main = mainOf(files);
  const repositories = new Map<string, RpmRepository>();
  for (const [path, content] of files) {
    if (!path.endsWith('.repo')) continue;
    for (const [id, values] of sectionsOf(content.toString('utf8'))) {
      if (id === 'main') continue;
      if (onlyEnabled && yesOrNo(values.get('enabled')) === false) continue;
      const addresses = (key: string) => addressesOf(values.get(key) ?? '', variables);
      const [metalink] = addresses('metalink');
      const [mirrorList] = addresses('mirrorlist');
      const name = values.get('name');
      const gpgCheck = yesOrNo(values.get('gpgcheck') ?? main.get('gpgcheck'));
      const repoGpgCheck = yesOrNo(values.get('repo_gpgcheck') ?? main.get('repo_gpgcheck'));
      const keys = addresses('gpgkey').map((address) => ({ address }));
      repositories.set(id, {
        id,
        ...(name ? { name: expand(name, variables) } : {}),
        urls: addresses('baseurl'),
        ...(metalink ? { metalink } : {}),
        ...(mirrorList ? { mirrorList } : {}),
        ...(gpgCheck === undefined ? {} : { gpgCheck }),
        ...(repoGpgCheck === undefined ? {} : { repoGpgCheck }),
        ...(keys.length > 0 ? { keys } : {}),
      });
    }
  }
  return repositories;
}

/** Sections with `key = value` lines; a line that begins with a space continues a value. */
function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    const head = /^\[([^\]]+)\]/.exec(line)?.[1];
    const [, name, value = ''] = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (head !== undefined) {
      section = new Map();
      sections.set(head, section);
    } else if (name !== undefined) {
      key = name;
      section.set(key, value.trim());
    } else if (/^\s+\S/.test(line)) section.set(key, `${section.get(key) ?? ''} ${line.trim()}`);
  }
  return sections;
}

/** What holds for all repositories that do not say otherwise. */
function mainOf(files: ReadonlyMap<FilePath, Buffer>): ReadonlyMap<string, string> {
  const texts = [...files].flatMap(([path, content]) => (path.endsWith('.conf') ? content.toString('utf8') : []));
  return new Map(texts.flatMap((text) => [...(sectionsOf(text).get('main') ?? [])]));
}

function yesOrNo(value: string | undefined): boolean | undefined {
  if (/^(?:1|yes|on|true)$/i.test(value ?? '')) return true;
  return /^(?:0|no|off|false)$/i.test(value ?? '') ? false : undefined;
}

function addressesOf(value: string, variables: ReadonlyMap<string, string>): string[] {
  const words = value.split(/[\s,]+/).filter((word) => /^[a-z][a-z0-9+.-]*:/i.test(word));
  return words.map((word) => withoutCredentials(expand(word, variables)));
}

/** An address with the variables in it replaced, and without credentials. */
export function expanded(address: string, files: ReadonlyMap<FilePath, Buffer>, target: Target): string {
  return withoutCredentials(expand(address, variablesOf(files, target)));
}

function variablesOf(files: ReadonlyMap<FilePath, Buffer>, target: Target): Map<string, string> {
  const { ID = '', VERSION_ID = '' } = readOsRelease(files);
  const { architecture, system = ID, version: release = VERSION_ID } = target;
  const base = /^i[3-6]86$/.test(architecture) ? 'i386' : architecture;
  const [major = '', minor = ''] = release.split('.');
  const variables = new Map([
    ['basearch', base],
    ['arch', architecture],
    // Of Enterprise Linux the release is its first number.
    ['releasever', /^(?:rhel|centos|almalinux|rocky|ol)$/.test(system) ? major : release],
    ['releasever_major', major],
    ['releasever_minor', minor],
  ]);
  for (const [path, content] of files) {
    if (/^\/etc\/\w+\/vars(?:\.d)?\//.test(path)) variables.set(baseName(path), content.toString('utf8').trim());
  }
  return variables;
}

function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => variables.get(name) ?? whole);
}
