import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { ReproError } from '../errors.js';
import { exportContainer } from './container-export.js';
import { ifThere, withEngine } from './engine.js';
import { engineAddress } from './engine-address.js';
import { configSchema, type ImageConfig } from './images/documents.js';
import { keep, knownLayer, readKept } from './images/layer-cache.js';
import type { Layer } from './images/layer-tree.js';
import { type ReadImage, readSavedStream } from './images/saved-stream.js';
import { localMachine } from './local.js';

/** An image of the engine: its configuration is known, its layers are read when they are asked for. */
export interface EngineImage {
  readonly config: ImageConfig;
  readonly names: readonly string[];
  layers(): AsyncIterable<Layer>;
}

export type EngineTree =
  | { readonly kind: 'image'; readonly image: EngineImage }
  /** The files of a container, as a tar. */
  | { readonly kind: 'container'; readonly environment: string[]; open(): Promise<Readable> };

/** What the Docker engine has by a name, a container before an image. Nothing is written to disk. */
export async function openEngineTree(name: string, signal?: AbortSignal): Promise<EngineTree> {
  const address = engineAddress(undefined);
  return withEngine(await localMachine(), address, async (engine) => {
    const container = engine.getContainer(name);
    const found = await ifThere(container.inspect());
    if (found) {
      return { kind: 'container', environment: found.Config.Env ?? [], open: () => exportContainer(container, signal) };
    }
    const image = engine.getImage(name);
    const inspected = await ifThere(image.inspect());
    if (!inspected) throw notThere(name, address);
    return { kind: 'image', image: await openImage(image, inspected, { where: `docker:${name}`, signal }) };
  });
}

interface Asked {
  readonly where: string;
  readonly signal: AbortSignal | undefined;
}

/** The engine gives an image as a whole or not at all, so it is asked only for one of which something is not known. */
async function openImage(image: Docker.Image, inspected: Docker.ImageInspectInfo, asked: Asked): Promise<EngineImage> {
  const digests = inspected.RootFS.Layers ?? [];
  const name = `configurations/${inspected.Id.replace(/^sha256:/, '')}.json.gz`;
  const kept = configSchema.safeParse(await readKept(name));
  const names = inspected.RepoTags ?? [];
  let read: Promise<ReadImage> | undefined;
  const readAll = () => {
    read ??= saved(image, asked);
    return read;
  };
  const config = kept.success ? kept.data : (await readAll()).config;
  if (!kept.success) await keep(name, config);
  return {
    config,
    names,
    async *layers() {
      for (const [at, digest] of digests.entries()) {
        const known = read ? undefined : await knownLayer(digest.slice('sha256:'.length));
        const layer = known ?? (await readAll()).layers[at];
        if (layer) yield layer;
      }
    },
  };
}

async function saved(image: Docker.Image, { where, signal }: Asked): Promise<ReadImage> {
  const stream = (await image.get()) as Readable;
  try {
    return await readSavedStream(stream, { where, signal });
  } finally {
    stream.destroy();
  }
}

function notThere(name: string, where: string): ReproError {
  return new ReproError('usage', `there is no container and no image ${JSON.stringify(name)}`, {
    where,
    remedy: `see them with: docker ps --all; docker images; or fetch it with: docker pull ${name}`,
  });
}
