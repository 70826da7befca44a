import { type FilePath, rootPath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { osReleaseFiles } from '../../packaging/os-release.js';

/** Where apk keeps its database: the first is where it goes on a merged /usr. */
export const databaseFolders = ['/usr/lib/apk/db', '/lib/apk/db'] as const;

/** What the reader needs of a machine from the start. */
export const apkDatabases: readonly string[] = [
  ...databaseFolders.map((folder) => `${folder}/installed`),
  '/etc/apk/{world,arch}',
  ...osReleaseFiles,
];

/** One file or folder of a package. */
export interface ApkFile {
  readonly path: FilePath;
  readonly isFolder: boolean;
  /** Of the content, or of a link's target. */
  readonly digest?: { readonly algorithm: 'sha1' | 'sha256'; readonly value: string };
}

/** One installed package. */
export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** `Q1...`: of the part of the package that describes it and has the hash of the rest. */
  readonly checksum: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly files: readonly ApkFile[];
  /** Its lines in the database. */
  readonly text: string;
  readonly ref: PackageRef;
}

/** The apk database of one machine. */
export interface ApkDatabase {
  readonly folder: (typeof databaseFolders)[number];
  readonly packages: readonly ApkPackage[];
  readonly architecture: string;
  /** What was asked for by name. */
  readonly world: readonly string[];
  /** What could not be read, as whole sentences. */
  readonly problems: readonly string[];
}

const databases = new WeakMap<ReadonlyMap<FilePath, Buffer>, ApkDatabase>();

/** Reads the gathered files, once; undefined where there is no apk. */
export function readDatabase(files: ReadonlyMap<FilePath, Buffer>): ApkDatabase | undefined {
  const database = databases.get(files) ?? parseDatabase((path) => files.get(path));
  if (database) databases.set(files, database);
  return database;
}

/** Reads the first database that is there. */
export function parseDatabase(read: (path: FilePath) => Buffer | undefined): ApkDatabase | undefined {
  for (const folder of databaseFolders) {
    const content = read(`${folder}/installed` as FilePath);
    if (!content || content.length === 0) continue;
    const problems: string[] = [];
    const packages = parsePackages(content.toString('latin1'), problems);
    const lines = (path: string) => (read(path as FilePath)?.toString('utf8') ?? '').split(/\s+/).filter(Boolean);
    const [own] = lines('/etc/apk/arch');
    const architecture = own ?? packages.find((each) => each.architecture !== 'noarch')?.architecture ?? 'noarch';
    return { folder, packages, architecture, world: lines('/etc/apk/world'), problems };
  }
  return undefined;
}

/** Blocks of `X:value` lines with an empty line behind each. https://wiki.alpinelinux.org/wiki/Apk_spec */
export function parsePackages(text: string, problems: string[] = []): ApkPackage[] {
  return text.split(/\n\n+/).flatMap((block) => {
    if (block.trim() === '') return [];
    const found = parsePackage(block.replace(/^\n+|\n+$/g, ''));
    if (!found) problems.push(`A package in the apk database cannot be read: "${block.slice(0, 60)}".`);
    return found ?? [];
  });
}

function parsePackage(text: string): ApkPackage | undefined {
  const fields = new Map<string, string>();
  const files: ApkFile[] = [];
  let folder = rootPath;
  for (const line of text.split('\n')) {
    const value = line.slice(2);
    if (line[1] !== ':') return undefined;
    if (line[0] === 'F') {
      folder = `/${value}` as FilePath;
      files.push({ path: folder, isFolder: true });
    } else if (line[0] === 'R') {
      files.push({ path: `${folder === '/' ? '' : folder}/${value}` as FilePath, isFolder: false });
    } else if (line[0] === 'Z') {
      const last = files.pop();
      const digest = digestOf(value);
      if (last) files.push({ ...last, ...(digest ? { digest } : {}) });
    } else if (line[0] !== 'M' && line[0] !== 'a') fields.set(line[0] ?? '', value);
  }
  const field = (name: string) => decoded(fields.get(name) ?? '');
  const [name, version, architecture] = [field('P'), field('V'), field('A') || 'noarch'];
  if (name === '' || version === '') return undefined;
  const ref = { distribution: 'apk', name, version, architecture };
  return { name, version, architecture, checksum: field('C'), fields, files, text, ref };
}

/** `Q1` and `Q2` stand for SHA-1 and SHA-256 in base64. */
export function digestOf(value: string): ApkFile['digest'] {
  const algorithm = { Q1: 'sha1', Q2: 'sha256' }[value.slice(0, 2)] as 'sha1' | 'sha256' | undefined;
  return algorithm && { algorithm, value: Buffer.from(value.slice(2), 'base64').toString('hex') };
}

/** A field as text. */
export function decoded(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
