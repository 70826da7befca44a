import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { configSchema, type ImageConfig } from '../images/documents.js';
import { imageMachine } from '../images/image.js';
import { keep, readKept } from '../images/kept-documents.js';
import { knownOrRead } from '../images/known-layers.js';
import { knownLayer } from '../images/layer-cache.js';
import type { Layer } from '../images/layer-tree.js';
import type { LayerArchive } from '../images/layers.js';
import { type ReadImage, readSavedStream } from '../images/saved-stream.js';
import type { Machine } from '../machine.js';
import { exportContainer } from './container-export.js';
import { type FoundImage, findInEngine } from './lookup.js';
import { savedCopy } from './store.js';

/** An image of the engine: its configuration is known, its layers are read when they are asked for. */
export interface EngineImage {
  readonly config: ImageConfig;
  readonly names: readonly string[];
  layers(): AsyncIterable<Layer>;
  /** Where the layers lie: the image is put on disk for that. */
  archives(): Promise<readonly LayerArchive[]>;
  /** Its files as a machine that can be read but not run; of the same image, whatever has its name by then. */
  machine(): Promise<Machine>;
  dispose(): Promise<void>;
}

export type EngineTree =
  | { readonly kind: 'image'; readonly image: EngineImage }
  /** The files of a container, as a tar. */
  | { readonly kind: 'container'; readonly environment: string[]; open(): Promise<Readable> };

export interface EngineTreeOptions {
  /** What messages and the machine call it. */
  readonly label: string;
  /** Whether contents will be asked for: then an image that nothing is known of is put on disk, else nothing is. */
  readonly contents: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What the Docker engine has by a name, a container before an image. */
export async function openEngineTree(name: string, options: EngineTreeOptions): Promise<EngineTree> {
  const found = await findInEngine(name);
  if (found.kind === 'image') return { kind: 'image', image: await openImage(found, options) };
  const { container, told } = found;
  return {
    kind: 'container',
    environment: told.Config.Env ?? [],
    open: () => exportContainer(container, options.signal),
  };
}

/** The engine gives an image as a whole or not at all, so it is asked only for one of which something is not known. */
async function openImage({ image, told }: FoundImage, options: EngineTreeOptions): Promise<EngineImage> {
  const { label, contents, signal } = options;
  const copy = savedCopy(image, signal);
  let streamed: Promise<ReadImage> | undefined;
  const stream = () => {
    streamed ??= streamOf(image, options);
    return streamed;
  };
  const dispose = async () => copy[Symbol.asyncDispose]();
  const config = await configOf(told.Id, () => (contents ? copy.open() : stream())).catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    config,
    names: told.RepoTags ?? [],
    async *layers() {
      for (const [at, digest] of config.rootfs.diff_ids.entries()) {
        const known = streamed ? undefined : await knownLayer(digest.slice('sha256:'.length));
        if (!known && (contents || copy.isBegun)) {
          return yield* knownOrRead((await copy.open()).layers.slice(at), signal);
        }
        const layer = known ?? (await stream()).layers[at];
        if (layer) yield layer;
      }
    },
    archives: async () => (await copy.open()).layers,
    machine: () => imageMachine(() => copy.open(), { label, signal }),
    dispose,
  };
}

/** An image's id is the digest of its configuration, or of what names that: it never has another. */
async function configOf(id: string, whole: () => Promise<{ readonly config: ImageConfig }>): Promise<ImageConfig> {
  const name = `configurations/${id.replace(/^sha256:/, '')}.json.gz`;
  const kept = configSchema.safeParse(await readKept(name));
  if (kept.success) return kept.data;
  const { config } = await whole();
  await keep(name, config);
  return config;
}

async function streamOf(image: Docker.Image, { label, signal }: EngineTreeOptions): Promise<ReadImage> {
  const stream = (await image.get()) as Readable;
  try {
    return await readSavedStream(stream, { where: label, ...(signal && { signal }) });
  } finally {
    stream.destroy();
  }
}
