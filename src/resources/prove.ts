import type { Requirement } from '../archives/sameness.js';
import { FilesystemTrie } from '../filesystem/trie/trie.js';
import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { type Progress, silent, stage } from '../model/progress.js';
import { hostMismatches } from '../proof/host.js';
import type { TreeProof } from '../proof/proof.js';
import { verifyTree } from '../proof/verify.js';
import { withSubstitutes } from './substitutes.js';
import { TreeReading, type TreeReadingOptions } from './tree-reading.js';

export interface ProveOptions extends TreeReadingOptions {
  /** Ids of the runs to prove; default: all. */
  readonly runs?: readonly string[];
  /** False: only the digests. */
  readonly verify?: boolean;
  /** The least that its packages must be; default: of another version is none. */
  readonly require?: Requirement | undefined;
  readonly progress?: Progress;
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
  const { spec, progress = silent, verify = true, signal } = options;
  return stage(
    progress,
    'prove',
    async (advance) => {
      const snapshot = await FilesystemTrie.of(spec.snapshot(), signal);
      const reading = new TreeReading(options, snapshot);
      const entries = reading.entries(advance);
      const tree = verify ? await proofOf(entries, snapshot, options) : await drain(entries);
      const { treeDigest, environmentDigest } = reading;
      return {
        ...(treeDigest !== undefined && { treeDigest }),
        ...(environmentDigest !== undefined && { environmentDigest }),
        ...(tree && { tree }),
      };
    },
    { unit: 'files' },
  );
}

async function proofOf(
  entries: AsyncIterable<FileEntry>,
  snapshot: FilesystemTrie<FileEntry>,
  options: ProveOptions,
): Promise<TreeProof> {
  const { resource, host, spec, runs, require, signal } = options;
  const { substitutes = [] } = resource;
  await using content = contentReader(options);
  const tree = await verifyTree({
    ...{ spec, snapshot, entries, substitutes },
    readContent: content.read,
    machine: content.machine,
    ...(runs && { runs }),
    ...(signal && { signal }),
  });
  const notes = [...tree.notes, ...(await hostMismatches(spec.manifest.host ?? [], host))];
  return withSubstitutes({ ...tree, notes }, substitutes, require);
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
