import { sha256, sha256OfStream } from '../../hash.js';
import type { LayerArchive } from './layers.js';
import type { ManifestDigests } from './stored-image.js';

/**
 * The manifest that an image of `docker save` gets when it is pushed as it is. Undefined where its layers are not compressed:
 * what they are then depends on who compresses them.
 * https://github.com/google/go-containerregistry/blob/main/pkg/v1/tarball/image.go
 */
export async function pushedManifest(
  config: Buffer,
  archives: readonly LayerArchive[],
): Promise<ManifestDigests | undefined> {
  if (archives.some(({ place }) => place !== undefined)) return undefined;
  const layers: Descriptor[] = [];
  for (const archive of archives) layers.push(await layerDescriptor(archive));
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: descriptor('application/vnd.docker.container.image.v1+json', config.length, sha256(config)),
    layers,
  });
  return { digest: `sha256:${sha256(Buffer.from(text))}`, layers: layers.map(({ digest }) => digest) };
}

type Descriptor = ReturnType<typeof descriptor>;

async function layerDescriptor({ size, open }: LayerArchive): Promise<Descriptor> {
  const type = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const { hash } = await sha256OfStream(await open());
  return descriptor(type, size, hash);
}

/** In the order of fields that Go writes. */
function descriptor(mediaType: string, size: number, hash: string) {
  return { mediaType, size, digest: `sha256:${hash}` };
}
