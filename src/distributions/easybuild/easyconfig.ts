import { type FilePath, parentPath } from '../../model/file-path.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** `software/NAME/VERSION[-TOOLCHAIN][SUFFIX]`: https://docs.easybuild.io/configuration/ */
export const easybuildPrefixOf = upTo(/\/software\/[^/]+\/[^/]+/);

/** The easyconfig that was used is copied into every installation. */
export function recordsOfEasybuild(prefix: FilePath): string[] {
  return [`${prefix}/easybuild/*.eb`];
}

/** An easyconfig is Python; what tells a build from others is written as plain values. */
export function describeEasyconfig(prefix: FilePath, records: Records): Description | undefined {
  const found = [...records].find(([path]) => parentPath(path) === `${prefix}/easybuild` && path.endsWith('.eb'));
  if (!found) return undefined;
  const text = found[1].toString('utf8');
  const [name, version] = [stringIn(text, 'name'), stringIn(text, 'version')];
  if (name === undefined || version === undefined) throw new Error('it does not say its name and version plainly');
  const toolchain = toolchainOf(text);
  const suffix = stringIn(text, 'versionsuffix');
  return {
    name,
    version,
    details: {
      easyconfig: found[0].slice(parentPath(found[0]).length + 1),
      ...(toolchain === undefined ? {} : { toolchain }),
      ...(suffix === undefined || suffix === '' ? {} : { versionsuffix: suffix }),
    },
    neededRecords: dependenciesOf(text).map(([dependency, wanted]) => placeOf(prefix, dependency, wanted)),
  };
}

function stringIn(text: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*=\\s*(['"])([^'"\\n]*)\\1`, 'm').exec(text)?.[2];
}

/** `{'name': 'GCC', 'version': '12.3.0'}`, or SYSTEM. */
function toolchainOf(text: string): string | undefined {
  const value = /^toolchain\s*=\s*(SYSTEM\b|\{[^}]*\})/m.exec(text)?.[1];
  if (value === undefined || value === 'SYSTEM') return value;
  const member = (key: string) => new RegExp(`['"]${key}['"]\\s*:\\s*['"]([^'"]*)['"]`).exec(value)?.[1];
  return [member('name'), member('version')].filter(Boolean).join('-') || undefined;
}

/** `('zlib', '1.2.13')` of the list of dependencies; what is needed for the build only is not in it. */
function dependenciesOf(text: string): [string, string][] {
  const list = /^dependencies\s*=\s*\[([\s\S]*?)^\]/m.exec(text)?.[1] ?? '';
  const code = list.replace(/#.*$/gm, '');
  return [...code.matchAll(/\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]/g)].map(([, name = '', version = '']) => [
    name,
    version,
  ]);
}

/** The records of whichever build of that version there is: which toolchain it has the easyconfig does not say. */
function placeOf(prefix: FilePath, name: string, version: string): string {
  const plain = (text: string) => text.replace(/[*?[\]{}\\/]/g, '?');
  return `${parentPath(parentPath(prefix))}/${plain(name)}/${plain(version)}*/easybuild/*.eb`;
}
