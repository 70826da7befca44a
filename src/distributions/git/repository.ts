import { reasonOf } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { systemError } from '../../machines/system-errors.js';
import { type FilePath, joinPath, normalizePath, pathFromBytes } from '../../model/file-path.js';
import { readMany } from '../../packaging/working-tree.js';
import { type GitConfig, parseConfig, settingOf } from './config.js';
import { type IndexEntry, type IndexFile, parseIndex } from './index-file.js';
import { openObjectFiles } from './object-files.js';
import { ObjectStore } from './objects.js';
import { type Head, parseHead, parseRefs, type Refs } from './refs.js';

/** Where a repository is. */
export interface RepositoryPlace {
  /** The root of the working tree; of a bare one its own folder. */
  readonly at: FilePath;
  readonly gitFolder: FilePath;
}

/** A repository with one working tree of it, or a bare one. */
export interface Repository extends RepositoryPlace {
  /** What all working trees of it share: objects, branches, settings. */
  readonly commonFolder: FilePath;
  readonly algorithm: 'sha1' | 'sha256';
  readonly head: Head;
  readonly refs: Refs;
  readonly config: GitConfig;
  readonly tracked: ReadonlyMap<FilePath, IndexEntry>;
  /** The tree that has all tracked files as the index has them, where that is known. */
  readonly indexTree: string | undefined;
  readonly isShallow: boolean;
  /** Opened when first asked for; throws where they cannot be read. */
  objects(): Promise<ObjectStore>;
  /** What could not be read, as whole sentences. */
  readonly problems: readonly string[];
}

/** Opens what is a repository among the places: with few questions to the machine, however many there are. */
export async function openRepositories(
  machine: Machine,
  places: readonly RepositoryPlace[],
  unreadable: (path: FilePath) => void,
): Promise<Repository[]> {
  const common = await readMany(
    machine,
    places.map(({ gitFolder }) => joinPath(gitFolder, 'commondir' as FilePath)),
    unreadable,
  );
  const folders = places.map((place) => {
    const { gitFolder } = place;
    const shared = common.get(joinPath(gitFolder, 'commondir' as FilePath));
    const commonFolder = shared ? normalizePath(joinPath(gitFolder, firstLine(shared))) : gitFolder;
    return { ...place, commonFolder };
  });
  const own = folders.flatMap(({ gitFolder }) => inFolder(gitFolder, ['HEAD', 'index']));
  const shared = folders.flatMap(({ commonFolder }) =>
    inFolder(commonFolder, ['config', 'packed-refs', 'shallow', 'objects/info/alternates']),
  );
  const files = await readMany(machine, [...own, ...shared], unreadable);
  const found = folders.filter(({ gitFolder }) => files.has(joinPath(gitFolder, 'HEAD' as FilePath)));
  const loose = await looseRefs(machine, new Set(found.map(({ commonFolder }) => commonFolder)), unreadable);
  return found.flatMap((folder) => open(folder, { machine, files, loose, unreadable }) ?? []);
}

type Folders = RepositoryPlace & Pick<Repository, 'commonFolder'>;

interface Found {
  readonly machine: Machine;
  readonly files: ReadonlyMap<FilePath, Buffer>;
  /** Of all repositories. */
  readonly loose: ReadonlyMap<FilePath, string>;
  readonly unreadable: (path: FilePath) => void;
}

function open(
  { at, gitFolder, commonFolder }: Folders,
  { machine, files, loose, unreadable }: Found,
): Repository | undefined {
  const own = (name: string) => files.get(joinPath(gitFolder, name as FilePath));
  const shared = (name: string) => files.get(joinPath(commonFolder, name as FilePath));
  const refs = parseRefs(text(shared('packed-refs')), loose, commonFolder);
  const head = parseHead(text(own('HEAD')), refs);
  if (!head) {
    // What has a HEAD, and no working tree, need not be a repository: logs have one.
    if (at !== gitFolder) unreadable(joinPath(gitFolder, 'HEAD' as FilePath));
    return undefined;
  }
  const config = parseConfig(text(shared('config')));
  const algorithm = settingOf(config, 'extensions.objectformat') === 'sha256' ? 'sha256' : 'sha1';
  const problems: string[] = [];
  if (settingOf(config, 'extensions.refstorage') === 'reftable') {
    problems.push('Its branches are kept in reftables, which are not read: its commit is not known.');
  }
  const index = readIndex(own('index'), algorithm, problems);
  const alternates = text(shared('objects/info/alternates'));
  let objects: Promise<ObjectStore> | undefined;
  return {
    at,
    gitFolder,
    commonFolder,
    algorithm,
    head,
    refs,
    config,
    tracked: index.entries,
    indexTree: index.tree,
    isShallow: shared('shallow') !== undefined,
    objects: () => {
      objects ??= openObjects(machine, commonFolder, alternates, algorithm);
      return objects;
    },
    problems,
  };
}

function readIndex(file: Buffer | undefined, algorithm: Repository['algorithm'], problems: string[]): IndexFile {
  try {
    if (file) return parseIndex(file, idBytes(algorithm));
  } catch (error) {
    problems.push(`Which files it tracks cannot be read: ${reasonOf(error)}.`);
  }
  return { entries: new Map() };
}

/** Folders that objects are borrowed from may borrow in turn; git follows five (gitrepository-layout(5)). */
async function openObjects(
  machine: Machine,
  commonFolder: FilePath,
  alternates: string,
  algorithm: Repository['algorithm'],
): Promise<ObjectStore> {
  const own = joinPath(commonFolder, 'objects' as FilePath);
  const folders = [own];
  let layer = alternatesOf(own, alternates);
  for (let depth = 0; depth < 5 && layer.length > 0; depth++) {
    const files = layer.map((folder) => joinPath(folder, 'info/alternates' as FilePath));
    folders.push(...layer);
    const found = await readMany(machine, files, (path) => {
      throw systemError('EACCES', path);
    });
    layer = layer.flatMap((folder, at) => alternatesOf(folder, text(found.get(files[at] as FilePath))));
    layer = layer.filter((folder) => !folders.includes(folder));
  }
  return new ObjectStore(await openObjectFiles(machine, folders), folders, idBytes(algorithm));
}

function alternatesOf(objects: FilePath, lines: string): FilePath[] {
  return lines
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => normalizePath(line.startsWith('/') ? (line as FilePath) : joinPath(objects, line as FilePath)));
}

async function looseRefs(
  machine: Machine,
  commonFolders: ReadonlySet<FilePath>,
  unreadable: (path: FilePath) => void,
): Promise<Map<FilePath, string>> {
  const paths: FilePath[] = [];
  for await (const entry of machine.files.walk([...commonFolders].map((folder) => joinPath(folder, 'refs')))) {
    if (entry.type === 'file') paths.push(entry.path);
    if (entry.unreadable !== undefined) unreadable(entry.path);
  }
  return new Map([...(await readMany(machine, paths, unreadable))].map(([path, content]) => [path, text(content)]));
}

function idBytes(algorithm: Repository['algorithm']): number {
  return algorithm === 'sha256' ? 32 : 20;
}

function inFolder(folder: FilePath, names: readonly string[]): FilePath[] {
  return names.map((name) => joinPath(folder, name as FilePath));
}

/** Bytes as they are: names of branches and folders need not be UTF-8. */
function text(content: Buffer | undefined): string {
  return content?.toString('latin1') ?? '';
}

export function firstLine(content: Buffer): FilePath {
  const end = content.indexOf(0x0a);
  return pathFromBytes(content.subarray(0, end < 0 ? content.length : end));
}
