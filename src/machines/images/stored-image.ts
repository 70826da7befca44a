import {
  configSchema,
  type Descriptor,
  type ImageConfig,
  indexSchema,
  manifestSchema,
  notAnImage,
  parseDocument,
} from './documents.js';
import type { LayerArchive } from './layers.js';
import { choosePlatform } from './platforms.js';

/** An image, wherever it lies. */
export interface StoredImage {
  readonly config: ImageConfig;
  /** The lowest first. */
  readonly layers: readonly LayerArchive[];
  readonly names?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Undefined where it has none, and where what it would be is not known. */
  manifest?(): Promise<ManifestDigests | undefined>;
}

/** The digests of an image's manifest, and those in it. */
export interface ManifestDigests {
  readonly digest: string;
  /** Of the archives of its layers as they are stored, the lowest first. */
  readonly layers: readonly string[];
}

/** Where the parts of an image are had by their digests. */
export interface Blobs {
  /** For messages. */
  readonly where: string;
  /** A document that was found to be what its digest says. */
  document(descriptor: Descriptor): Promise<Buffer>;
  layer(descriptor: Descriptor): Promise<Omit<LayerArchive, 'digest'>>;
}

/** Finds the image for a platform among what an index names, through indexes of indexes. */
export async function storedImage(
  blobs: Blobs,
  found: readonly Descriptor[],
  platform: string | undefined,
): Promise<StoredImage> {
  const { where } = blobs;
  const chosen = await chooseManifest(blobs, found, platform);
  const manifest = parseDocument(manifestSchema, await blobs.document(chosen), where);
  const config = parseDocument(configSchema, await blobs.document(manifest.config), where);
  const digests = config.rootfs.diff_ids;
  if (digests.length !== manifest.layers.length) throw notAnImage(where, 'its configuration is of other layers');
  const layers: LayerArchive[] = [];
  for (const [at, layer] of manifest.layers.entries()) {
    layers.push({ ...(await blobs.layer(layer)), digest: (digests[at] ?? '').slice('sha256:'.length) });
  }
  const annotations = { ...chosen.annotations, ...manifest.annotations };
  const { digest } = chosen;
  return {
    config,
    layers,
    manifest: async () => ({ digest, layers: manifest.layers.map((layer) => layer.digest) }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** An index may be of several platforms, and an image may be named by it without its platform. */
async function chooseManifest(
  blobs: Blobs,
  found: readonly Descriptor[],
  platform: string | undefined,
  depth = 0,
): Promise<Descriptor> {
  const chosen = choosePlatform(found, platform, blobs.where);
  if (chosen === undefined) throw notAnImage(blobs.where, 'its index names nothing');
  if (!/\.(?:index|list)\./.test(chosen.mediaType ?? '')) return chosen;
  if (depth > 3) throw notAnImage(blobs.where, 'its indexes name indexes without end');
  const { manifests } = parseDocument(indexSchema, await blobs.document(chosen), blobs.where);
  return chooseManifest(blobs, manifests, platform, depth + 1);
}

/** Annotations of an index that may have an image's name. */
const nameKeys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

export function imageNamesOf({ annotations }: Descriptor): string[] {
  return nameKeys.flatMap((key) => annotations?.[key] ?? []);
}
