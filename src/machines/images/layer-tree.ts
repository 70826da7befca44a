import type { Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import {
  baseName,
  comparePaths,
  type FilePath,
  joinPath,
  parentPath,
  rootPath,
  showPath,
} from '../../model/file-path.js';
import type { Packed } from '../packed-source.js';
import { createResolver } from '../resolver.js';

/** What one place of the tree has; `children` of a folder alone. */
interface Node {
  packed: Packed;
  readonly children: Map<string, Node> | undefined;
  /** What it shares with the other names of the same file. */
  links?: Links;
}

/** One file with several names. */
interface Links {
  /** The one that is met first, when that is known. */
  first?: FilePath;
}

/** One member of a layer: an entry with its content, or one more name of what lies at another place. */
export type LayerMember =
  | { readonly kind: 'entry'; readonly packed: Packed }
  | { readonly kind: 'link'; readonly path: FilePath; readonly target: FilePath };

/** A layer as its archive has it: what it hides of the layers below, and what it brings. */
export interface Layer {
  readonly hidden: FilePath[];
  /** Folders of which nothing is left of the layers below. */
  readonly emptied: FilePath[];
  readonly members: LayerMember[];
  /** Contents, by their hashes, of the files that tell what a system is. */
  readonly told: Map<Sha256, Buffer>;
}

export function emptyLayer(): Layer {
  return { hidden: [], emptied: [], members: [], told: new Map() };
}

const bare = { mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 } as const;

/** The files of an image, as its layers make them one over the other. A layer's names lead nowhere outside the tree. */
export class LayerTree {
  #root = folderNode(rootPath);

  /** https://github.com/opencontainers/image-spec/blob/main/layer.md: whiteouts hide what is below, never their own layer's. */
  add({ hidden, emptied, members }: Pick<Layer, 'hidden' | 'emptied' | 'members'>): void {
    for (const path of hidden) this.#remove(path);
    for (const path of emptied) this.#folderAt(path)?.clear();
    for (const member of members) {
      if (member.kind === 'entry') this.#put(member.packed);
      else this.#link(member.path, member.target);
    }
  }

  /** Every entry by its place: parents first, siblings in byte order. */
  entries(): Map<FilePath, Packed> {
    const packed = new Map<FilePath, Packed>();
    const open = [this.#root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { path } = node.packed.entry;
      const first = node.links?.first;
      packed.set(path, first === undefined ? node.packed : { ...node.packed, sameAs: first });
      if (node.links) node.links.first ??= path;
      const children = [...(node.children ?? [])].sort(([a], [b]) => comparePaths(b, a));
      for (const [, child] of children) open.push(child);
    }
    return packed;
  }

  #put(packed: Packed): Node {
    const { entry } = packed;
    if (entry.path === rootPath) {
      this.#root.packed = { ...packed, entry: { ...entry, type: 'directory' } };
      return this.#root;
    }
    const { folder, children } = this.#parentOf(entry.path);
    const name = baseName(entry.path);
    const placed = { ...packed, entry: { ...entry, path: joinPath(folder, name) } };
    const present = children.get(name);
    // A folder over a folder keeps what is in it; everything else is replaced, links too.
    if (present?.children && entry.type === 'directory') {
      present.packed = placed;
      return present;
    }
    const node: Node = { packed: placed, children: entry.type === 'directory' ? new Map() : undefined };
    children.set(name, node);
    return node;
  }

  #link(path: FilePath, target: FilePath): void {
    const linked = this.#nodeAt(joinPath(this.#real(parentPath(target)), baseName(target)));
    if (!linked || linked.children) throw new Error(`${showPath(path)} is a hard link to what is not there`);
    linked.links ??= {};
    const placed = this.#put({ ...linked.packed, entry: { ...linked.packed.entry, path } });
    if (placed !== linked) placed.links = linked.links;
  }

  #remove(path: FilePath): void {
    this.#folderAt(parentPath(path))?.delete(baseName(path));
  }

  #folderAt(path: FilePath): Map<string, Node> | undefined {
    return this.#nodeAt(this.#real(path))?.children;
  }

  /** The folder that a name lies in, made where no layer has it. */
  #parentOf(path: FilePath): { readonly folder: FilePath; readonly children: Map<string, Node> } {
    const folder = this.#real(parentPath(path));
    let { children } = this.#root;
    let at = rootPath;
    for (const name of namesOf(folder)) {
      if (!children) break;
      at = joinPath(at, name);
      const next: Node = children.get(name) ?? folderNode(at);
      children.set(name, next);
      children = next.children;
    }
    if (!children) throw new Error(`${showPath(path)} is to lie in what is no folder`);
    return { folder, children };
  }

  /** Where a path leads inside the tree: most lead through no link. */
  #real(path: FilePath): FilePath {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(path)) {
      node = node?.children?.get(name);
      if (node?.packed.entry.type === 'symlink') {
        return createResolver((place) => this.#nodeAt(place)?.packed.entry)(path).path;
      }
    }
    return path;
  }

  #nodeAt(place: FilePath): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(place)) node = node?.children?.get(name);
    return node;
  }
}

function folderNode(path: FilePath): Node {
  const entry: FileEntry = { path, type: 'directory', ...bare };
  return { packed: { entry, file: '', offset: 0 }, children: new Map() };
}

function namesOf(path: FilePath): string[] {
  return path === rootPath ? [] : path.slice(1).split('/');
}
