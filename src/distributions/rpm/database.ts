import { reasonOf } from '../../errors.js';
import type { FilePath } from '../../model/file-path.js';
import { osReleaseFiles } from '../../packaging/os-release.js';
import { headersOfBdb } from './database-bdb.js';
import { headersOfNdb } from './database-ndb.js';
import { headersOfSqlite } from './database-sqlite.js';
import { RpmHeader } from './header.js';
import { RpmPackage } from './package.js';
import { type DatabaseFolder, databaseFolders, type Format, formats } from './places.js';

/** What the reader needs of a machine from the start. */
export const rpmDatabases: readonly string[] = [
  ...databaseFolders.flatMap((folder) => Object.values(formats).map((file) => `${folder}/${file}`)),
  ...databaseFolders.map((folder) => `${folder}/${formats.sqlite}-wal`),
  ...osReleaseFiles,
];

/** The rpm database of one machine. */
export interface RpmDatabase {
  readonly folder: DatabaseFolder;
  readonly format: Format;
  /** In the order of installation; public keys, which rpm keeps as packages, are none. */
  readonly packages: readonly RpmPackage[];
  readonly keys: readonly RpmPackage[];
  /** That of the packages which have one; of several the most frequent. */
  readonly architecture: string;
  /** What could not be read, as whole sentences. */
  readonly problems: readonly string[];
}

const databases = new WeakMap<ReadonlyMap<FilePath, Buffer>, Promise<RpmDatabase | undefined>>();

/** Reads the gathered files, once; undefined where there is no rpm database, or one with nothing in it. */
export function readDatabase(files: ReadonlyMap<FilePath, Buffer>): Promise<RpmDatabase | undefined> {
  const database = databases.get(files) ?? parseDatabase(async (path) => files.get(path));
  databases.set(files, database);
  return database;
}

/** Reads the first database that is there. */
export async function parseDatabase(
  read: (path: FilePath) => Promise<Buffer | undefined>,
): Promise<RpmDatabase | undefined> {
  for (const folder of databaseFolders) {
    for (const format of Object.keys(formats) as Format[]) {
      const path = `${folder}/${formats[format]}` as FilePath;
      const content = await read(path);
      if (!content || content.length === 0) continue;
      const { packages, keys, problems } = await readPackages(format, path, content, read);
      if (packages.length === 0 && problems.length === 0) continue;
      return { folder, format, packages, keys, architecture: architectureOf(packages), problems };
    }
  }
  return undefined;
}

async function readPackages(
  format: Format,
  path: FilePath,
  content: Buffer,
  read: (path: FilePath) => Promise<Buffer | undefined>,
): Promise<Pick<RpmDatabase, 'packages' | 'keys' | 'problems'>> {
  const packages: RpmPackage[] = [];
  const keys: RpmPackage[] = [];
  const problems: string[] = [];
  try {
    const log = format === 'sqlite' ? await read(`${path}-wal` as FilePath) : undefined;
    for (const blob of await headersOf(format, content, log)) {
      try {
        const each = new RpmPackage(new RpmHeader(blob));
        (each.name === 'gpg-pubkey' ? keys : packages).push(each);
      } catch (error) {
        problems.push(`A package in the rpm database ${path} cannot be read: ${reasonOf(error)}.`);
      }
    }
  } catch (error) {
    problems.push(`The rpm database ${path} cannot be read to its end: ${reasonOf(error)}.`);
  }
  return { packages, keys, problems };
}

async function headersOf(format: Format, content: Buffer, log: Buffer | undefined): Promise<Iterable<Buffer>> {
  if (format === 'sqlite') return headersOfSqlite({ database: content, log });
  return format === 'ndb' ? headersOfNdb(content) : headersOfBdb(content);
}

function architectureOf(packages: readonly RpmPackage[]): string {
  const counts = new Map<string, number>();
  for (const { architecture } of packages) {
    if (architecture !== 'noarch') counts.set(architecture, (counts.get(architecture) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? 'noarch';
}
