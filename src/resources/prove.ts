import type { Backend } from '../../backends/backend.js';
import type { Requirement } from '../archives/sameness.js';
import type { Keeping } from '../archives/trees.js';
import { environmentDigest, TreeDigest } from '../filesystem/digest.js';
import { readTar } from '../filesystem/tar-reader.js';
import { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { type Progress, silent, stage } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import { hostMismatches } from '../proof/host.js';
import type { TreeProof } from '../proof/proof.js';
import { verifyTree } from '../proof/verify.js';
import type { Specification } from '../spec/specification.js';
import { environmentEntries } from './in-place/entries.js';
import { withoutMountPoints } from './mount-points.js';
import { withSubstitutes } from './substitutes.js';

export interface ProveOptions {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
  /** With the lock that the resource was made from. */
  readonly spec: Specification;
  /** Ids of the runs to prove; default: all. */
  readonly runs?: readonly string[];
  /** False: only the digests. */
  readonly verify?: boolean;
  /** The least that its packages must be; default: of another version is none. */
  readonly require?: Requirement | undefined;
  /** Writes down the tree while it is read. */
  readonly keeping?: Pick<Keeping, 'copy'>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface ProvedTree {
  /** Absent of a host that has more than the environment. */
  readonly treeDigest?: string;
  /** Absent where the spec has no snapshot to choose the entries. */
  readonly environmentDigest?: string;
  readonly tree?: TreeProof;
}

/** Reads a resource's files at rest once, and gives both digests and the proof of them. */
export async function proveResource(options: ProveOptions): Promise<ProvedTree> {
  const { resource, backend, host, spec, runs, require, verify = true, keeping, progress = silent, signal } = options;
  const { substitutes = [] } = resource;
  const lock = spec.lock;
  const digest = new TreeDigest(lock?.epoch ?? 0);
  const chosen: FileEntry[] = [];

  async function* entries(
    wanted: FilesystemTrie<FileEntry>,
    advance: (done: number) => void,
  ): AsyncGenerator<FileEntry> {
    if (backend.adopt) {
      yield* ofHost(wanted, spec, host, chosen, signal);
      return;
    }
    const exported = await backend.exportTree(resource, host, signal);
    const tar = keeping?.copy(exported) ?? exported;
    let count = 0;
    try {
      const all = readTar(tar, { hash: true, ...(signal && { signal }) });
      for await (const entry of withoutMountPoints(all, await backend.mountPoints(resource, host))) {
        digest.add(entry);
        if (wanted.entry(entry.path)) chosen.push(entry);
        if (++count % 1000 === 0) advance(count);
        yield entry;
      }
      advance(count);
    } finally {
      tar.destroy();
    }
  }

  return stage(
    progress,
    'prove',
    async (advance) => {
      await using content = contentReader(options);
      const snapshot = await FilesystemTrie.of(spec.snapshot(), signal);
      const found = entries(snapshot, advance);
      const tree = verify
        ? await verifyTree({
            ...{ spec, snapshot },
            ...{ entries: found, substitutes },
            readContent: content.read,
            machine: content.machine,
            ...(runs && { runs }),
            ...(signal && { signal }),
          })
        : await drain(found);
      const mismatches = await hostMismatches(spec.manifest.host ?? [], host);
      return {
        ...(!backend.adopt && { treeDigest: digest.value() }),
        ...(snapshot.size > 0 && { environmentDigest: environmentDigest(chosen) }),
        ...(tree && {
          tree: withSubstitutes({ ...tree, notes: [...tree.notes, ...mismatches] }, substitutes, require),
        }),
      };
    },
    { unit: 'files' },
  );
}

/** Of a host only what the environment is compared by. */
async function* ofHost(
  wanted: FilesystemTrie<FileEntry>,
  spec: Specification,
  host: Machine,
  chosen: FileEntry[],
  signal: AbortSignal | undefined,
): AsyncGenerator<FileEntry> {
  for await (const entry of environmentEntries(spec, wanted, host, signal)) {
    if (wanted.entry(entry.path)) chosen.push(entry);
    yield entry;
  }
}

async function drain(entries: AsyncIterable<FileEntry>): Promise<undefined> {
  for await (const _entry of entries);
  return undefined;
}

/** Connects only when a content is asked for, which is after the tree was read at rest. */
function contentReader({ resource, backend, host }: ProveOptions) {
  let machine: Promise<Machine> | undefined;
  const connected = () => {
    machine ??= backend.connect(resource, host);
    return machine;
  };
  return {
    read: async (path: FilePath): Promise<Buffer> => (await connected()).files.read(path),
    machine: connected,
    async [Symbol.asyncDispose](): Promise<void> {
      // Why it could not be reached was thrown to who asked for it.
      await (await machine?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
