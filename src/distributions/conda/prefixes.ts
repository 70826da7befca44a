import { holdsCredentials } from '../../archives/http.js';
import { comparePaths, type FilePath, joinPath, showPath } from '../../model/file-path.js';
import { type CondaRecord, parseRecord, type RecordedPath } from './record.js';

/** Folders that packages of conda fill; what a path has before one of them may be a prefix. */
const inPrefix =
  /\/(?:bin|sbin|condabin|lib|lib64|libexec|include|share|etc|ssl|var|man|doc|docs|fonts|envs|pkgs|python-scripts|site-packages|conda-meta)(?=\/|$)/g;

/** Where the system's own packages are, a prefix is not. */
const ofSystem = /^\/(?:usr\/(?!local\/)|bin\/|sbin\/|lib(?:64|32|x32)?\/|etc\/|proc\/|sys\/|dev\/)/;

/** The records that a prefix may have, of every place that may be a prefix of the paths, as globs. */
export function recordsNear(paths: readonly FilePath[]): string[] {
  const prefixes = new Set<string>();
  for (const path of paths) {
    if (ofSystem.test(path)) continue;
    for (const { index } of path.matchAll(inPrefix)) {
      const prefix = path.slice(0, index);
      if (prefix !== '' && !prefix.endsWith('/conda-meta')) prefixes.add(prefix);
    }
  }
  return [...prefixes].map((prefix) => `${prefix.replace(/[*?[\]{}\\]/g, '?')}/conda-meta/*`);
}

/** One installed path with the package that recorded it. */
export interface Recorded extends RecordedPath {
  readonly record: CondaRecord;
}

/** What is known of prefixes: the packages of each, and whose each path is. */
export class Prefixes {
  readonly #paths = new Map<FilePath, Recorded>();
  readonly #records = new Map<FilePath, Map<string, CondaRecord>>();
  /** By prefix: what was asked for, by package (`conda-meta/history`). */
  readonly #specs = new Map<FilePath, readonly string[]>();
  readonly #private = new Set<FilePath>();
  readonly problems: string[] = [];

  add(databases: ReadonlyMap<FilePath, Buffer>): void {
    for (const [file, content] of databases) {
      const prefix = /^(.+)\/conda-meta\/[^/]+$/.exec(file)?.[1] as FilePath | undefined;
      if (prefix === undefined) continue;
      if (holdsCredentials(content.toString('latin1'))) this.#addPrivate(file);
      if (file.endsWith('/history')) this.#specs.set(prefix, requestedSpecs(content));
      else if (file.endsWith('.json')) this.#addRecord(file, content);
    }
  }

  pathOf(path: FilePath): Recorded | undefined {
    return this.#paths.get(path);
  }

  /** Whether a record has addresses with tokens or passwords, so that it is not carried. */
  isPrivate(file: FilePath): boolean {
    return this.#private.has(file);
  }

  /** The innermost prefix that a path lies in. */
  prefixOf(path: FilePath): FilePath | undefined {
    return [...this.#records.keys()]
      .filter((prefix) => path.startsWith(`${prefix}/`))
      .sort(comparePaths)
      .at(-1);
  }

  /** By name. */
  recordsOf(prefix: FilePath): ReadonlyMap<string, CondaRecord> {
    return this.#records.get(prefix) ?? new Map();
  }

  specsOf(prefix: FilePath): readonly string[] {
    return this.#specs.get(prefix) ?? [];
  }

  #addPrivate(file: FilePath): void {
    this.#private.add(file);
    this.problems.push(`${showPath(file)} is left out: an address in it has a token or a password.`);
  }

  #addRecord(file: FilePath, content: Buffer): void {
    try {
      const record = parseRecord(file, content);
      const known = this.#records.get(record.prefix) ?? new Map<string, CondaRecord>();
      this.#records.set(record.prefix, known.set(record.name, record));
      this.#paths.set(file, { record, path: file, isMade: true });
      // The first that was met keeps a path that two packages have, as conda warns it does.
      for (const each of record.paths) if (!this.#paths.has(each.path)) this.#paths.set(each.path, { ...each, record });
    } catch {
      this.problems.push(`${showPath(file)} cannot be understood: what its package has is taken for loose files.`);
    }
  }
}

/** What people asked for: lines of conda-meta/history such as `# update specs: ['python=3.11', "numpy"]`. */
export function requestedSpecs(history: Buffer): string[] {
  const specs = new Map<string, string>();
  for (const [, action, list = ''] of history.toString('utf8').matchAll(/^# (update|install|remove) specs: *(.*)$/gm)) {
    for (const [, , spec = ''] of list.matchAll(/(['"])(.*?)\1/g)) {
      const name = /^(?:\S*::)?([^\s=<>!~[]+)/.exec(spec)?.[1] ?? spec;
      if (action === 'remove') specs.delete(name);
      else specs.set(name, spec);
    }
  }
  return [...specs.values()].sort(comparePaths);
}

/** Where a prefix keeps the records of its packages, and what was done to it. */
export function metaFolder(prefix: FilePath): FilePath {
  return joinPath(prefix, 'conda-meta');
}
