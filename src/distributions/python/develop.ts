import { baseName, type FilePath, normalizePath, showPath } from '../../model/file-path.js';
import { parseMetadata, parseRequiresText } from './metadata.js';
import { normalizeName } from './names.js';
import { onlyFile } from './record.js';
import { parseRequirement } from './requirements.js';
import type { InstalledPackage } from './site.js';

/** What `setup.py develop` leaves in a folder of packages: a file that names the source tree. */
export interface DevelopLink {
  readonly path: FilePath;
  readonly site: FilePath;
  readonly source: FilePath;
}

/** Reads an `.egg-link`: the folder that has the package's `.egg-info`, then the way from there to setup.py. */
export function parseEggLink(content: Buffer, path: FilePath, site: FilePath): DevelopLink | undefined {
  const [source = ''] = content.toString('latin1').split(/\r?\n/);
  return source.startsWith('/') ? { path, site, source: normalizePath(source as FilePath) } : undefined;
}

/** The package that such a link puts in place, from the databases of its source tree. */
export function developedPackage(
  { path, site, source }: DevelopLink,
  databases: ReadonlyMap<FilePath, Buffer>,
): InstalledPackage | undefined {
  const name = normalizeName(baseName(path).replace(/\.egg-link$/, ''));
  for (const [metadata, content] of databases) {
    const [, folder, info = ''] = /^(.*)\/([^/]+)\.egg-info\/PKG-INFO$/.exec(metadata) ?? [];
    const found = folder === source && normalizeName(info) === name ? parseMetadata(content) : undefined;
    if (!found) continue;
    const required = databases.get(`${folder}/${info}.egg-info/requires.txt` as FilePath);
    const requires = [...found.requires, ...(required ? parseRequiresText(required) : [])];
    return {
      name,
      version: found.version,
      site,
      metadata: path,
      requires: requires.flatMap((each) => parseRequirement(each) ?? []),
      files: onlyFile(path),
      folders: [],
      requested: true,
      origin: { url: `file://${encodeURI(showPath(source))}`, editable: true },
      problems: [],
    };
  }
  return undefined;
}
