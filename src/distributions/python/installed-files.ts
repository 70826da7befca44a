import type { Machine } from '../../machines/machine.js';
import type { FileEntry } from '../../model/file-entry.js';
import { comparePaths, type FilePath, parentPath } from '../../model/file-path.js';
import type { InstalledPackage, Site } from './site.js';

/** What is there of a package, folders first above what they hold; and what its list has that is not there. */
export interface InstalledFiles {
  readonly entries: readonly FileEntry[];
  readonly missing: readonly FilePath[];
}

export interface InstalledContext {
  readonly machine: Machine;
  readonly siteOf: (each: InstalledPackage) => Site | undefined;
  /** Folders that are there without the package. */
  readonly isMadeElsewhere: (folder: FilePath) => boolean;
  readonly signal?: AbortSignal;
}

/** The files of many packages, with the code that Python keeps beside them, in one pass. */
export async function installedFiles(
  packages: Iterable<InstalledPackage>,
  context: InstalledContext,
): Promise<Map<InstalledPackage, InstalledFiles>> {
  const { machine, isMadeElsewhere, signal } = context;
  const wanted = new Map<InstalledPackage, Set<FilePath>>();
  for (const each of packages) {
    const paths = new Set(each.files.keys());
    for (const folder of each.folders) for (const path of await below(folder, machine)) paths.add(path);
    for (const path of [...paths]) for (const code of bytecodeOf(path, context.siteOf(each))) paths.add(code);
    for (const path of [...paths]) {
      for (let at = parentPath(path); !paths.has(at) && !isMadeElsewhere(at); at = parentPath(at)) paths.add(at);
    }
    wanted.set(each, paths);
  }
  const all = new Set([...wanted.values()].flatMap((paths) => [...paths]));
  const entries = new Map<FilePath, FileEntry>();
  for await (const [path, entry] of machine.files.entries([...all], signal ? { signal } : {})) {
    if (entry) entries.set(path, entry);
  }
  return new Map([...wanted].map(([each, paths]) => [each, present(each, paths, entries)]));
}

function present(
  { files }: InstalledPackage,
  paths: ReadonlySet<FilePath>,
  entries: ReadonlyMap<FilePath, FileEntry>,
): InstalledFiles {
  const sorted = [...paths].sort(comparePaths);
  return {
    entries: sorted.flatMap((path) => entries.get(path) ?? []),
    // Code comes and goes; virtualenv lists its folders too, and code where none ever was.
    missing: [...files.keys()].filter((path) => !/\.pyc$|\/__pycache__(?:\/|$)/.test(path) && !entries.has(path)),
  };
}

/** Where Python keeps the code of a source (PEP 3147), at each level of optimization. */
function bytecodeOf(path: FilePath, site: Site | undefined): FilePath[] {
  const [, folder, name] = /^(.*\/)([^/]+)\.py$/.exec(path) ?? [];
  if (folder === undefined || !site?.python || site.implementation === 'pypy') return [];
  const tag = `cpython-${site.python.replace('.', '')}`;
  return ['', '.opt-1', '.opt-2'].map((level) => `${folder}__pycache__/${name}.${tag}${level}.pyc` as FilePath);
}

/** A folder that is all a package's own with all that is in it, or the module of that name. */
async function below(folder: FilePath, { files }: Machine): Promise<FilePath[]> {
  const paths: FilePath[] = [`${folder}.py` as FilePath];
  for await (const { path } of files.walk(folder)) paths.push(path);
  return paths;
}
