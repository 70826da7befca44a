import { loadDistribution } from '../../distributions/load.js';
import { type FilePath, joinPath } from '../../model/file-path.js';
import type { PackageAnalyzer } from './kinds.js';
import type { PackageFiles } from './package-files.js';
import { type PackageRow, withoutEpoch, withSpace } from './packages.js';
import { listPip } from './pip.js';

/** What a source has of one analyzer of packages; undefined where it has nothing that the analyzer could look at. */
export type Listing = (
  files: PackageFiles,
  environment: Readonly<Record<string, string>>,
) => Promise<readonly PackageRow[] | undefined>;

/** Where each analyzer of container-diff looks for packages, and what it makes of what is there. */
export const listings = {
  apt: async ({ read }) => {
    const status = await read('/var/lib/dpkg/status' as FilePath);
    return packagesOfStatus(status?.toString('utf8') ?? '');
  },
  rpm: async ({ read, names }) => {
    const rpm = await loadDistribution('rpm');
    const list = async (folder: FilePath) => names(folder) as readonly FilePath[];
    const packages = (await rpm?.listed?.({ read, list })) ?? [];
    return packages.map(({ name, version, size = -1 }) => ({ Name: name, Version: withoutEpoch(version), Size: size }));
  },
  pip: listPip,
  node: listNode,
  emerge: listEmerge,
} as const satisfies Readonly<Record<PackageAnalyzer, Listing>>;

/** dpkg's status, line by line; of a package that is there for two architectures the first version. */
export function packagesOfStatus(text: string): PackageRow[] {
  const found = new Map<string, { version: string; size: number }>();
  let name = '';
  for (const line of text.split('\n')) {
    const [key, value, ...more] = line.split(': ');
    if (value === undefined || more.length > 0) continue;
    const known = found.get(name) ?? { version: '', size: 0 };
    if (key === 'Package') name = value;
    else if (key === 'Version') found.set(name, { ...known, version: known.version || withSpace(value) });
    else if (key === 'Installed-Size') found.set(name, { ...known, size: (wholeNumber(value) ?? -1) * 1024 });
  }
  return [...found].map(([Name, { version, size }]) => ({ Name, Version: version, Size: size }));
}

const nodeFolders = ['/node_modules', '/usr/local/lib/node_modules'] as readonly string[] as readonly FilePath[];

async function listNode({ names, isFolder, size, read }: PackageFiles): Promise<PackageRow[]> {
  const places = nodeFolders.flatMap((folder) => names(folder).map((name) => joinPath(folder, name))).filter(isFolder);
  const rows: PackageRow[] = [];
  for (const place of places) {
    const text = await read(joinPath(place, 'package.json'));
    const { name, version } = text ? told(text) : {};
    if (name === undefined) continue;
    rows.push({ Name: name, Path: `${place}/`, Version: version ?? '', Size: size(place) ?? 0 });
  }
  return rows;
}

function told(text: Buffer): { readonly name?: string; readonly version?: string } {
  try {
    const { name = '', version = '' } = JSON.parse(text.toString('utf8'));
    return typeof name === 'string' && typeof version === 'string' ? { name, version } : {};
  } catch {
    return {};
  }
}

const portage = '/var/db/pkg' as FilePath;

/** Of Portage those whose names have no further hyphen, as it lists them: `CATEGORY/NAME-VERSION`, with its SIZE. */
async function listEmerge({ names, isFolder, read }: PackageFiles): Promise<PackageRow[] | undefined> {
  if (!isFolder(portage)) return undefined;
  const found = new Map<string, PackageRow>();
  for (const category of names(portage)) {
    const folder = joinPath(portage, category);
    for (const each of names(folder)) {
      const [name = '', version, ...more] = each.split('-');
      if (version === undefined || more.length > 0) continue;
      const size = wholeNumber((await read(joinPath(joinPath(folder, each), 'SIZE')))?.toString('latin1').trim());
      if (size === undefined) continue;
      const Name = `${category}/${name}`;
      found.set(Name, { Name, Version: version, Size: size });
    }
  }
  return [...found.values()];
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}
