import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError } from '../../errors.js';
import { sha256 } from '../../hash.js';
import {
  configSchema,
  type Descriptor,
  documentLimit,
  type ImageConfig,
  indexSchema,
  manifestSchema,
  notAnImage,
  parseDocument,
} from './documents.js';
import type { LayerArchive } from './layers.js';

/** An image as it lies on this machine. */
export interface StoredImage {
  readonly config: ImageConfig;
  /** The lowest first. */
  readonly layers: readonly LayerArchive[];
}

/** Annotations that may have an image's name. */
const nameKeys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

/** Finds an image in the folder of an OCI layout; `name` is needed where there are several. */
export async function openOciLayout(folder: string, name: string | undefined): Promise<StoredImage> {
  const found = parseDocument(indexSchema, await read(join(folder, 'index.json')), folder).manifests;
  const chosen = await onThisPlatform(chooseNamed(found, name, folder), folder);
  const manifest = parseDocument(manifestSchema, await document(folder, chosen), folder);
  const config = parseDocument(configSchema, await document(folder, manifest.config), folder);
  const digests = config.rootfs.diff_ids;
  if (digests.length !== manifest.layers.length) throw notAnImage(folder, 'its configuration is of other layers');
  const layers: LayerArchive[] = [];
  for (const [at, layer] of manifest.layers.entries()) {
    const file = blobOf(folder, layer.digest);
    const size = (await stat(file).catch((error: unknown) => missing(file, error))).size;
    const digest = (digests[at] ?? '').slice('sha256:'.length);
    layers.push({ name: layer.digest, file, start: 0, size, digest });
  }
  return { config, layers };
}

function chooseNamed(found: readonly Descriptor[], name: string | undefined, folder: string): readonly Descriptor[] {
  const namesOf = ({ annotations = {} }: Descriptor) => nameKeys.flatMap((key) => annotations[key] ?? []);
  const isNamed = (each: Descriptor) => namesOf(each).some((one) => one === name || one.endsWith(`:${name}`));
  const chosen = name === undefined ? found : found.filter(isNamed);
  const known = [...new Set(found.flatMap(namesOf))];
  if (chosen.length === 0) {
    const what = name === undefined ? 'the layout has no image' : `the layout has no image ${JSON.stringify(name)}`;
    throw new ReproError('usage', what, {
      where: folder,
      ...(known.length > 0 ? { remedy: `it has: ${known.join(', ')}` } : {}),
    });
  }
  if (name === undefined && known.length > 1) {
    throw new ReproError('usage', 'the layout has several images', {
      where: folder,
      remedy: `name one of them, as oci:${folder}:NAME: ${known.join(', ')}`,
    });
  }
  return chosen;
}

/** Node's names of processors as images have them. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Of images for several platforms the one for this machine, else the first; through indexes of indexes. */
async function onThisPlatform(found: readonly Descriptor[], folder: string, depth = 0): Promise<Descriptor> {
  const own = architectures[process.arch] ?? process.arch;
  const isOwn = ({ platform }: Descriptor) => platform?.os === 'linux' && platform.architecture === own;
  // What says that it is of an unknown platform says something about images.
  const images = found.filter(({ platform }) => platform?.os !== 'unknown');
  const chosen = images.find(isOwn) ?? images[0];
  if (chosen === undefined) throw notAnImage(folder, 'its index names nothing');
  if (!/\.(?:index|list)\./.test(chosen.mediaType ?? '')) return chosen;
  if (depth > 3) throw notAnImage(folder, 'its indexes name indexes without end');
  return onThisPlatform(
    parseDocument(indexSchema, await document(folder, chosen), folder).manifests,
    folder,
    depth + 1,
  );
}

async function document(folder: string, { digest }: Descriptor): Promise<Buffer> {
  const content = await read(blobOf(folder, digest));
  if (`sha256:${sha256(content)}` === digest) return content;
  throw notAnImage(blobOf(folder, digest), 'the document is not what its name says');
}

/** The digest was checked by the schema: it names no other place. */
function blobOf(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

async function read(file: string): Promise<Buffer> {
  const { size } = await stat(file).catch((error: unknown) => missing(file, error));
  if (size > documentLimit) throw notAnImage(file, 'the document is too long to be one');
  return readFile(file);
}

function missing(file: string, error: unknown): never {
  throw notAnImage(file, `a part of it cannot be read (${codeOf(error) ?? 'unknown error'})`, error);
}
