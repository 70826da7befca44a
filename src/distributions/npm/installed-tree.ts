import { holdsCredentials } from '../../archives/http.js';
import { type FilePath, isWithin, joinPath, parentPath, showPath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { bundles, type PackageJson, parsePackageJson } from './package-json.js';
import { type LockRecord, type LockRecords, npmRecords, pnpmRecords, recordOf, yarnRecords } from './records.js';
import { asGlob, isRecord, packageFolders, recordsOf, treeOf } from './tree.js';

/** A package where it is installed. */
export interface InstalledPackage {
  readonly folder: FilePath;
  readonly tree: FilePath;
  readonly json: PackageJson;
  readonly record: LockRecord;
  readonly ref: PackageRef;
}

/** Lock files by where they lie beside a node_modules folder, best first, with how to read each. */
const lockFiles = [
  ['node_modules/.package-lock.json', npmRecords],
  ['node_modules/.pnpm/lock.yaml', pnpmRecords],
  ['yarn.lock', yarnRecords],
  ['package-lock.json', npmRecords],
  ['npm-shrinkwrap.json', npmRecords],
] as const;

/** The files that say what is in the trees and folders that paths lie in, as globs. */
export function databasesOf(paths: readonly FilePath[]): string[] {
  const wanted = new Set<FilePath>();
  for (const path of paths) {
    const tree = treeOf(path);
    if (tree === undefined) continue;
    for (const [name] of lockFiles) wanted.add(joinPath(parentPath(tree), name));
    for (const record of recordsOf(tree)) wanted.add(record);
    for (const folder of packageFolders(path)) wanted.add(joinPath(folder, 'package.json'));
  }
  return [...wanted].map(asGlob);
}

/** What is known of node_modules trees: their lock files, and the package.json of packages. */
export class InstalledTrees {
  readonly #json = new Map<FilePath, PackageJson>();
  readonly #records = new Map<FilePath, LockRecords>();
  readonly #links = new Set<FilePath>();
  readonly #private = new Set<FilePath>();
  readonly problems: string[] = [];

  add(databases: ReadonlyMap<FilePath, Buffer>): void {
    for (const [path, content] of databases) {
      if (path.endsWith('/package.json')) this.#addPackage(parentPath(path), content);
      if (isRecord(path) && holdsCredentials(content.toString('latin1'))) this.#addPrivate(path);
    }
    for (const [name, read] of lockFiles) {
      for (const [path, content] of databases) {
        if (path.endsWith(`/${name}`)) this.#addRecords(path, name, () => read(content));
      }
    }
  }

  knows(folder: FilePath): boolean {
    return this.#json.has(folder);
  }

  /** Whether a record has addresses with passwords, so that it is not carried. */
  isPrivate(record: FilePath): boolean {
    return this.#private.has(record);
  }

  /** What is there is a link to a package that lies elsewhere. */
  isLink(folder: FilePath): void {
    this.#links.add(folder);
  }

  /** The package that a path belongs to: the innermost, but one that came inside another's archive is part of that. */
  packageOf(path: FilePath): InstalledPackage | undefined {
    let found: InstalledPackage | undefined;
    for (const folder of packageFolders(path)) {
      const inner = this.at(folder);
      if (!inner) continue;
      if (found && bundles(found.json) && inner.record.bundled !== false) return found;
      found = inner;
    }
    return found && (!inModules(path, found.folder) || bundles(found.json)) ? found : undefined;
  }

  /** The package whose folder it is. */
  at(folder: FilePath): InstalledPackage | undefined {
    const json = this.#json.get(folder);
    const tree = treeOf(folder);
    if (!json || tree === undefined || this.#links.has(folder)) return undefined;
    const { name = '', version = '' } = json;
    const ref = { distribution: 'npm', name, version, at: folder };
    return { folder, tree, json, ref, record: this.#recordOf(folder, tree, json) };
  }

  #recordOf(folder: FilePath, tree: FilePath, json: PackageJson): LockRecord {
    const records = this.#records.get(tree);
    const place = folder.slice(tree.length - 'node_modules'.length);
    const found = records?.get(place);
    // A lock file that has every place says of each whether it is bundled; one without places says nothing of it.
    if (found) return { bundled: false, ...found };
    return (
      records?.get(`${json.name}@${json.version}`) ?? recordOf({ resolved: json._resolved, integrity: json._integrity })
    );
  }

  #addPackage(folder: FilePath, content: Buffer): void {
    const json = parsePackageJson(content);
    // Folders inside packages may have one that only says how their modules are written.
    if (json?.name !== undefined && json.version !== undefined) this.#json.set(folder, json);
    else if (!json)
      this.problems.push(
        `${showPath(folder)}/package.json cannot be understood: what is there is taken for loose files.`,
      );
  }

  #addPrivate(record: FilePath): void {
    this.#private.add(record);
    this.problems.push(`${showPath(record)} is left out: an address in it has a password or a token.`);
  }

  #addRecords(path: FilePath, name: string, read: () => LockRecords): void {
    const tree = joinPath(path.slice(0, -name.length - 1) as FilePath, 'node_modules');
    if (this.#records.has(tree)) return;
    try {
      this.#records.set(tree, read());
    } catch {
      this.problems.push(`${showPath(path)} cannot be understood: where packages came from is not known from it.`);
    }
  }
}

/** Whether a path is or lies in the node_modules folder of a package. */
function inModules(path: FilePath, folder: FilePath): boolean {
  return isWithin(path, joinPath(folder, 'node_modules'));
}
