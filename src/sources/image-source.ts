import type { PartialEntry } from '../filesystem/trie/values.js';
import type { ImageConfig } from '../machines/images/documents.js';
import { environmentOf } from '../machines/images/image.js';
import { layerContents } from '../machines/images/layer-contents.js';
import { type Layer, LayerTree } from '../machines/images/layer-tree.js';
import type { LayerArchive } from '../machines/images/layers.js';
import type { ManifestDigests } from '../machines/images/stored-image.js';
import type { Machine } from '../machines/machine.js';
import type { Packed } from '../machines/packed-source.js';
import type { FilePath } from '../model/file-path.js';
import type { ImageFacts, SourceFacts } from './facts.js';
import { keptPackages } from './kept-packages.js';
import { type OpenOptions, openSourceOf } from './kind.js';
import { lazyMachine } from './lazy-machine.js';
import type { OpenSource, SourceLayer } from './source.js';
import { toldFacts } from './told-facts.js';

/** An image, of which each layer is read once, or never where it was read before. */
export interface LayeredImage {
  readonly config: ImageConfig;
  readonly names?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  manifest?(): Promise<ManifestDigests | undefined>;
  /** The lowest first. */
  layers(): AsyncIterable<Layer>;
  /** Where the layers lie, for contents of one of them; the lowest first. */
  archives(): Promise<readonly LayerArchive[]>;
  /** Its files as a machine, for contents. */
  machine(): Promise<Machine>;
  dispose?(): Promise<void>;
}

const batchSize = 4096;

export function imageSource(image: LayeredImage, options: OpenOptions): OpenSource {
  const machine = lazyMachine(() => image.machine());
  let read: Promise<Tree> | undefined;
  const tree = () => {
    read ??= treeOf(image);
    return read;
  };
  const source = openSourceOf({
    async *batches() {
      yield* (await tree()).batches();
    },
    facts: async () => factsOf(image, await tree()),
    content: async (path) => (await machine.get()).files.stream(path),
    manifest: async () => image.manifest?.(),
    async *layers() {
      let at = 0;
      for await (const layer of image.layers()) {
        const number = at++;
        yield {
          ...sourceLayer(layer, image.config.rootfs.diff_ids[number] ?? ''),
          contents: async (paths, signal) => layerContents((await image.archives())[number], paths, signal),
        };
      }
    },
    async [Symbol.asyncDispose]() {
      await machine[Symbol.asyncDispose]();
      await image.dispose?.();
    },
  });
  return keptPackages(source, { digests: image.config.rootfs.diff_ids, machine }, options);
}

/** The files as all layers make them. */
interface Tree {
  batches(): Generator<readonly PartialEntry[], void>;
  told(path: FilePath): Buffer | undefined;
}

async function treeOf(image: LayeredImage): Promise<Tree> {
  const tree = new LayerTree();
  const told = new Map<string, Buffer>();
  for await (const layer of image.layers()) {
    tree.add(layer);
    for (const [hash, content] of layer.told) told.set(hash, content);
  }
  const packed = tree.entries();
  return {
    *batches() {
      let batch: PartialEntry[] = [];
      for (const each of packed.values()) {
        batch.push(entryOf(each));
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },
    told: (path) => told.get(packed.get(path)?.entry.hash ?? ''),
  };
}

function entryOf({ entry, attributes, sameAs }: Packed): PartialEntry {
  return { ...entry, ...(attributes !== undefined && { attributes }), ...(sameAs !== undefined && { sameAs }) };
}

function sourceLayer({ hidden, emptied, members }: Layer, digest: string): SourceLayer {
  const entries = members.flatMap((member): PartialEntry[] => {
    if (member.kind === 'entry') return [entryOf(member.packed)];
    return [{ path: member.path, type: 'file', sameAs: member.target }];
  });
  return { digest, entries, hidden, emptied };
}

function factsOf({ config, names, annotations }: LayeredImage, tree: Tree): SourceFacts {
  const { system, recipe, image } = toldFacts(tree.told);
  const environment = environmentOf(config);
  const { Labels, Entrypoint, Cmd, Env: _, ...others } = config.config ?? {};
  const configuration = configurationOf(others);
  const labels = { ...image?.labels, ...Labels };
  const facts: ImageFacts = {
    ...(names && { names: [...names] }),
    layers: config.rootfs.diff_ids,
    ...(config.history && { history: historyOf(config.history) }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(annotations && { annotations: { ...annotations } }),
    ...(Entrypoint && { entrypoint: Entrypoint }),
    ...(Cmd && { command: Cmd }),
    ...(Object.keys(configuration).length > 0 && { configuration }),
    ...(config.created && { created: config.created }),
    ...(config.architecture && { architecture: config.architecture }),
  };
  return { image: facts, environment, ...(system && { system }), ...(recipe !== undefined && { recipe }) };
}

type Configuration = NonNullable<ImageFacts['configuration']>;

/** What is said of how an image is run, without what is empty and what is not so. */
function configurationOf(said: NonNullable<ImageConfig['config']>): Configuration {
  const configuration: Configuration = {};
  for (const [name, value] of Object.entries({ ...said, Healthcheck: said.Healthcheck?.Test })) {
    if (typeof value === 'object' && value !== null) {
      const list = Array.isArray(value) ? value : Object.keys(value).sort();
      if (list.length > 0) configuration[name] = list;
    } else if (value) {
      configuration[name] = value;
    }
  }
  return configuration;
}

function historyOf(history: NonNullable<ImageConfig['history']>): NonNullable<ImageFacts['history']> {
  return history.map(({ created_by: createdBy, comment, empty_layer: empty }) => ({
    ...(createdBy !== undefined && { createdBy }),
    ...(comment !== undefined && { comment }),
    ...(empty !== undefined && { empty }),
  }));
}
