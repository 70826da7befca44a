import { ReproError } from '../../errors.js';
import { sha256 } from '../../hash.js';
import { type Archive, openArchive } from './archive-members.js';
import { configSchema, notAnImage, parseDocument, savedSchema } from './documents.js';
import type { LayerArchive } from './layers.js';
import { imageInLayout } from './oci-layout.js';
import { pushedManifest } from './pushed-manifest.js';
import type { Blobs, StoredImage } from './stored-image.js';

export interface ArchiveOptions {
  /** Needed where there are several images. */
  readonly name: string | undefined;
  readonly scratch: string;
  readonly platform?: string | undefined;
}

/** Finds an image in a file that `docker save` wrote, or in an OCI layout in a tar. */
export async function openImageArchive(file: string, options: ArchiveOptions): Promise<StoredImage> {
  const { name, scratch, platform } = options;
  const archive = await openArchive(file, scratch);
  // Newer engines write both; only an index says of several platforms which is which.
  const isSaved = archive.has('manifest.json') && platform === undefined;
  if (isSaved || !archive.has('index.json')) return savedImage(archive, file, name);
  const chosen = { name, platform, usage: `oci:${file}:NAME` };
  return imageInLayout(archiveBlobs(archive, file), await archive.read('index.json'), chosen);
}

/** As {@link openImageArchive}. */
export function openDockerArchive(file: string, name: string | undefined, scratch: string): Promise<StoredImage> {
  return openImageArchive(file, { name, scratch });
}

async function savedImage(archive: Archive, file: string, name: string | undefined): Promise<StoredImage> {
  const images = parseDocument(savedSchema, await archive.read('manifest.json'), file);
  const image = chooseSaved(images, name, file);
  const document = await archive.read(image.Config);
  const config = parseDocument(configSchema, document, file);
  const digests = config.rootfs.diff_ids;
  if (digests.length !== image.Layers.length) throw notAnImage(file, 'its configuration is of other layers');
  const layers: LayerArchive[] = [];
  for (const [at, layer] of image.Layers.entries()) {
    layers.push({ ...(await archive.layer(layer)), digest: (digests[at] ?? '').slice('sha256:'.length) });
  }
  const manifest = () => pushedManifest(document, layers);
  return { config, layers, manifest, ...(image.RepoTags && { names: image.RepoTags }) };
}

type SavedImage = ReturnType<(typeof savedSchema)['parse']>[number];

/** The one of that name, or the only one. */
export function chooseSaved(images: readonly SavedImage[], name: string | undefined, file: string): SavedImage {
  const chosen =
    name === undefined ? images : images.filter(({ RepoTags }) => RepoTags?.some((tag) => isNamed(tag, name)));
  const [image] = chosen;
  if (image !== undefined && chosen.length === 1) return image;
  const known = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const what = image === undefined ? 'the archive has no such image' : 'the archive has several images';
  throw new ReproError('usage', what, {
    where: file,
    ...(known.length > 0 ? { remedy: `name one of them, as docker-archive:${file}:NAME: ${known.join(', ')}` } : {}),
  });
}

/** `debian`, `debian:12` or the whole of a name that has a registry in it. */
function isNamed(tag: string, name: string): boolean {
  return tag === name || tag === `${name}:latest` || tag.endsWith(`/${name}`);
}

function archiveBlobs(archive: Archive, file: string): Blobs {
  const memberOf = (digest: string) => `blobs/${digest.replace(':', '/')}`;
  return {
    where: file,
    async document({ digest }) {
      const content = await archive.read(memberOf(digest));
      if (`sha256:${sha256(content)}` === digest) return content;
      throw notAnImage(file, `the document ${memberOf(digest)} is not what its name says`);
    },
    layer: ({ digest }) => archive.layer(memberOf(digest)),
  };
}
