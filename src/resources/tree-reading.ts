import type { Backend } from '../../backends/backend.js';
import type { Keeping } from '../archives/trees.js';
import { environmentDigest, TreeDigest } from '../filesystem/digest.js';
import { readTar } from '../filesystem/tar-reader.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { Resource } from '../model/resource.js';
import type { Specification } from '../spec/specification.js';
import { environmentEntries } from './in-place/entries.js';
import { withoutMountPoints } from './mount-points.js';

export interface TreeReadingOptions {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
  /** With the lock that the resource was made from. */
  readonly spec: Specification;
  /** Writes down the tree while it is read. */
  readonly keeping?: Pick<Keeping, 'copy'>;
  readonly signal?: AbortSignal;
}

/** A resource's files at rest, read once: the digests are those of what was read. */
export class TreeReading {
  readonly #all: TreeDigest;
  readonly #ofEnvironment: FileEntry[] = [];

  /** `snapshot`: its entries are the environment. */
  constructor(
    private readonly options: TreeReadingOptions,
    private readonly snapshot: FilesystemTrie<FileEntry>,
  ) {
    this.#all = new TreeDigest(options.spec.lock?.epoch ?? 0);
  }

  /** Absent of a host, which has more than the environment. */
  get treeDigest(): string | undefined {
    return this.options.backend.adopt ? undefined : this.#all.value();
  }

  /** Absent where the spec has no snapshot to choose the entries. */
  get environmentDigest(): string | undefined {
    return this.snapshot.size === 0 ? undefined : environmentDigest(this.#ofEnvironment);
  }

  /** Every entry with the hash of its content; of a host only what the environment is compared by. */
  async *entries(advance: (done: number) => void): AsyncGenerator<FileEntry, void> {
    const { spec, host, backend, signal } = this.options;
    const found = backend.adopt ? environmentEntries(spec, this.snapshot, host, signal) : this.#exported();
    let count = 0;
    for await (const entry of found) {
      if (!backend.adopt) this.#all.add(entry);
      if (this.snapshot.entry(entry.path)) this.#ofEnvironment.push(entry);
      if (++count % 1000 === 0) advance(count);
      yield entry;
    }
    advance(count);
  }

  async *#exported(): AsyncGenerator<FileEntry, void> {
    const { resource, backend, host, keeping, signal } = this.options;
    const exported = await backend.exportTree(resource, host, signal);
    const tar = keeping?.copy(exported) ?? exported;
    try {
      const entries = readTar(tar, { hash: true, ...(signal && { signal }) });
      yield* withoutMountPoints(entries, await backend.mountPoints(resource, host));
    } finally {
      tar.destroy();
    }
  }
}
