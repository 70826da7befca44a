import { ReproError } from '../errors.js';
import { createResolver } from '../machines/resolver.js';
import type { FileEntry } from '../model/file-entry.js';
import {
  baseName,
  comparePaths,
  type FilePath,
  isWithin,
  joinPath,
  parentPath,
  parsePath,
  rootPath,
  showPath,
} from '../model/file-path.js';
import { isGoneAtStart, isMountedAtRun } from '../model/kernel-path.js';
import type { DirectoryStep, LinkStep, Step, WriteStep } from '../model/plan.js';
import { documentPath } from '../model/schemas.js';
import { permissionsOf } from '../spec/document/permissions.js';
import type { ManifestFile } from '../spec/document/schema.js';

/** What of the traced snapshot the steps need: folders and links, and what is carried. */
export type KnownEntries = ReadonlyMap<FilePath, FileEntry>;

/** What there is before anything is put in place. */
export interface Grounds {
  readonly known: KnownEntries;
  readonly epoch: number;
  /** Folders and links that the base system makes itself: they are left be. */
  readonly baseFolders: ReadonlySet<FilePath>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

const root: Account = { uid: 0, gid: 0 };

/** Collects the steps that put folders, links and files where the traced machine had them, each once. */
export class Placement {
  private readonly folders = new Map<FilePath, DirectoryStep>();
  private readonly links = new Map<FilePath, LinkStep>();
  private readonly files = new Map<FilePath, WriteStep>();
  private readonly resolve: ReturnType<typeof createResolver>;

  constructor(private readonly grounds: Grounds) {
    /** What is not known is a folder that is to be made. */
    this.resolve = createResolver((path) => {
      const entry = grounds.known.get(path);
      return entry?.type === 'symlink' ? entry : { type: 'directory' };
    });
  }

  /** Removals apart, folders come first, then links, then files; each sorted by path. */
  steps(): Step[] {
    return [...sorted(this.folders), ...sorted(this.links), ...sorted(this.files)];
  }

  /** Makes the folder and all above it, through the links of the traced machine; gives its real path. */
  folder(path: FilePath, reason: string, owner: Account = root): FilePath {
    const { path: real, links: passed, end } = this.resolve(path);
    if (end !== 'found') throw tooManyLinks(path);
    const { known, baseFolders } = this.grounds;
    for (const { path: at } of passed) {
      this.makeFolders(parentPath(at), reason);
      const link = known.get(at);
      if (link && !baseFolders.has(at)) this.links.set(at, linkStep(link, `the way to ${showPath(path)}`));
    }
    this.makeFolders(real, reason, owner);
    return real;
  }

  /** What the manifest says of a file or tree that it carries, or of a link. */
  put(file: ManifestFile): void {
    const path = documentPath(file.path);
    if (isGoneAtStart(path)) return;
    if (file.tree) {
      this.putTree(path);
      return;
    }
    const entry = this.grounds.known.get(path);
    const reason = file.why ?? 'a file that no package has as it is';
    const { mode, uid, gid } = permissionsOf(file, entry);
    const placed = { uid, gid, mtime: entry?.mtime ?? this.grounds.epoch, reason };
    const at = this.place(path);
    if (file.target !== undefined) {
      this.links.set(at, { kind: 'link', path: at, target: parsePath(file.target), ...placed });
    } else if (file.sha256 !== undefined && file.carried) {
      this.files.set(at, { kind: 'write', path: at, content: file.sha256, mode, ...placed });
    }
  }

  private putTree(top: FilePath): void {
    const reason = `part of ${showPath(top)}, carried as one tree`;
    for (const entry of this.grounds.known.values()) {
      if (!isWithin(entry.path, top)) continue;
      const { mode, uid, gid, mtime } = entry;
      const path = this.place(entry.path);
      if (entry.type === 'directory') {
        this.folders.set(path, { kind: 'directory', path, mode, uid, gid, mtime, reason });
      } else if (entry.type === 'symlink') {
        this.links.set(path, { ...linkStep(entry, reason), path });
      } else if (entry.type === 'file' && entry.hash !== undefined) {
        this.files.set(path, { kind: 'write', path, content: entry.hash, mode, uid, gid, mtime, reason });
      }
    }
  }

  /** Where an entry really goes, its folder made. */
  private place(path: FilePath): FilePath {
    return joinPath(this.folder(parentPath(path), `holds ${showPath(path)}`), baseName(path));
  }

  private makeFolders(innermost: FilePath, reason: string, owner = root): void {
    const { known, epoch, baseFolders } = this.grounds;
    for (let at = innermost; at !== '/'; at = parentPath(at)) {
      if (baseFolders.has(at) || isMountedAtRun(at) || this.folders.has(at)) continue;
      const entry = known.get(at);
      const made = { mode: 0o755, ...(at === innermost ? owner : root), mtime: epoch };
      const { mode, uid, gid, mtime } = entry?.type === 'directory' ? entry : made;
      this.folders.set(at, { kind: 'directory', path: at, mode, uid, gid, mtime, reason });
    }
  }
}

function linkStep(entry: FileEntry, reason: string): LinkStep {
  const { path, uid, gid, mtime } = entry;
  return { kind: 'link', path, target: entry.target ?? rootPath, uid, gid, mtime, reason };
}

function sorted<T extends Step & { path: FilePath }>(steps: ReadonlyMap<FilePath, T>): T[] {
  return [...steps.values()].sort((a, b) => comparePaths(a.path, b.path));
}

function tooManyLinks(path: FilePath): ReproError {
  return new ReproError('usage', `the links on the way to ${showPath(path)} lead in a circle`);
}
