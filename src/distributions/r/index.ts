import { parseStanza } from '../../archives/apt/deb822.js';
import { withoutCredentials } from '../../archives/http.js';
import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import type { Description, Records } from '../../packaging/prefix/kind.js';

/** Names that R's libraries have by custom, and renv's: what lies in one is a package. */
const inLibrary =
  /^.*?\/(?:site-library|library\/R-[\d.]+\/[^/]+|library|[\w.-]+-library\/\d+\.\d+)\/[A-Za-z][A-Za-z0-9.]*(?=\/|$)/;
/** What every installed package has, wherever its library is: https://cran.r-project.org/doc/manuals/R-exts.html */
const ofPackage =
  /^(.+\/[A-Za-z][A-Za-z0-9.]*)\/(?:DESCRIPTION|NAMESPACE|INDEX|Meta\/\w+\.rds|(?:R|libs|help)\/[^/]+)$/;
/** The libraries of a machine that are searched after that of the package. */
const siteLibrary = '/usr/local/lib/R/site-library';

/** Packages of R that people installed: those of CRAN, Bioconductor, of repositories by commit, and their own. */
export const r = prefixDistribution({
  name: 'r',
  title: 'packages of R',
  prefixOf: folderOf,
  records: (folder) => [joinPath(folder, 'DESCRIPTION')],
  describe: describePackage,
});

function folderOf(path: FilePath): FilePath | undefined {
  // Debian has these libraries for its own packages. Of others most paths are told apart by a few names.
  if (path.startsWith('/usr/lib/R/') || !/library|DESCRIPTION|NAMESPACE|INDEX|\/(?:Meta|R|libs|help)\//.test(path))
    return undefined;
  return (inLibrary.exec(path)?.[0] ?? ofPackage.exec(path)?.[1]) as FilePath | undefined;
}

/** `Built` is in the DESCRIPTION of what is installed, and never in that of a source. */
function describePackage(folder: FilePath, records: Records): Description | undefined {
  const content = records.get(joinPath(folder, 'DESCRIPTION'));
  if (!content) return undefined;
  const fields = parseStanza(content.toString('utf8').replaceAll('\r\n', '\n'));
  const { Package: name, Version: version, Built: built } = fields;
  if ((name === undefined || version === undefined) && inLibrary.test(folder))
    throw new Error('its DESCRIPTION names no package and version');
  if (name === undefined || version === undefined || built === undefined) return undefined;
  const libraries = [...new Set([parentPath(folder), siteLibrary])];
  return {
    name,
    version,
    details: { built, ...originOf(fields) },
    neededRecords: requiredBy(fields).flatMap((each) => libraries.map((library) => `${library}/${each}/DESCRIPTION`)),
  };
}

/** Where it was had from, as the installer wrote it: `Repository`, or the fields of remotes and of BiocManager. */
function originOf(fields: Readonly<Record<string, string>>): Record<string, string> {
  const origin: Record<string, string> = {};
  for (const field of [
    'Repository',
    'git_url',
    'git_last_commit',
    'RemoteType',
    'RemoteHost',
    'RemoteUrl',
    'RemoteUsername',
    'RemoteRepo',
    'RemoteRef',
    'RemoteSha',
  ]) {
    const value = fields[field];
    if (value) origin[field] = withoutCredentials(value);
  }
  return origin;
}

/** Names of packages, without versions; R itself is none. */
function requiredBy({ Depends = '', Imports = '', LinkingTo = '' }: Readonly<Record<string, string>>): string[] {
  const names = [Depends, Imports, LinkingTo].flatMap((field) =>
    field.split(',').map((each) => /^[A-Za-z][A-Za-z0-9.]*/.exec(each.trim())?.[0]),
  );
  return [...new Set(names)].filter((name): name is string => name !== undefined && name !== 'R');
}
