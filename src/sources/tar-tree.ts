import type { Readable } from 'node:stream';
import { decompressed, mostOf } from '../filesystem/decompressed.js';
import { tarTree } from '../filesystem/tar-tree.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { FilePath } from '../model/file-path.js';
import type { SourceFacts } from './facts.js';
import { inBatches, type OpenOptions, openSourceOf } from './kind.js';
import { lazyMachine } from './lazy-machine.js';
import { machineOfTar } from './machine-of-tar.js';
import { withPackages } from './packages.js';
import type { OpenSource } from './source.js';
import { toldFacts } from './told-facts.js';

export interface TarTree {
  /** For messages. */
  readonly where: string;
  /** The tar, compressed or not; called for each reading. */
  open(): Readable | Promise<Readable>;
  /** How many bytes it has, as it is stored, if that is known. */
  readonly size?: number;
  /** A file of this machine that is the tar, if it is not compressed. */
  readonly file?: string;
  /** Which of the entries count. Default: all. */
  entries?(entries: AsyncIterable<PartialEntry & { size: number; type: string }>): AsyncIterable<PartialEntry>;
  /** What is known beside the files. */
  readonly facts?: SourceFacts;
}

/** The filesystem that a tar holds, read as a stream; for contents it is laid on disk as it is, and not unpacked. */
export function tarTreeSource(tree: TarTree, options: OpenOptions): OpenSource {
  const { hash, signal } = options;
  const machine = lazyMachine(() => machineOfTar(tree, options));
  let told: Map<FilePath, Buffer> | undefined;
  async function* read(): AsyncGenerator<readonly PartialEntry[], void> {
    const found = new Map<FilePath, Buffer>();
    const stream = await tree.open();
    try {
      const content = decompressed(stream, tree.size === undefined ? undefined : mostOf(tree.size), tree.where);
      const tell = (path: FilePath, text: Buffer) => found.set(path, text);
      const entries = tarTree(content, { where: tree.where, hash, tell, signal });
      yield* inBatches(tree.entries ? tree.entries(entries as never) : entries);
    } finally {
      stream.destroy();
    }
    told = found;
  }
  return withPackages(
    openSourceOf({
      batches: read,
      async facts() {
        if (told === undefined) for await (const _ of read());
        return { ...toldFacts((path) => told?.get(path)), ...tree.facts };
      },
      content: async (path) => (await machine.get()).files.stream(path),
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    }),
    machine,
    options,
  );
}
