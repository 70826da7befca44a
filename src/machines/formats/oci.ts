import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { writeImage } from '../../filesystem/image-archive.js';
import { openDockerArchive } from '../images/docker-archive.js';
import { indexLayers } from '../images/layers.js';
import { openOciLayout } from '../images/oci-layout.js';
import { packedTar } from '../images/packed-tar.js';
import type { ImageFormat } from './format.js';
import { firstMember } from './tar-head.js';

/** An image with what the run had, of one layer: both names are of the same file. */
export const ociFormat = imageFormat(
  'oci',
  'an image: an OCI layout in a tar, which docker load, podman and skopeo take',
);
export const dockerArchive = imageFormat('docker-archive', 'the same file as oci, by the name that skopeo has for it');

/** What engines put first into their archives: the documents, or a layer's folder or blob. */
export const firstNames =
  /^\/(?:blobs(?:\/|$)|[0-9a-f]{64}(?:[/.]|$)|(?:oci-layout|index\.json|manifest\.json|repositories)$)/;

function imageFormat(name: string, title: string): ImageFormat {
  return {
    name,
    title,
    suffix: '.oci.tar',
    matches: async (file, head) => (await isLayout(file)) || firstNames.test((await firstMember(head)) ?? ''),
    async write(tree, { file, settings }) {
      await using output = await open(file, 'wx+');
      await writeImage(output, tree as AsyncIterable<Buffer>, settings);
      await output.sync();
    },
    async read(file, { folder, signal }) {
      const stored = (await isLayout(file))
        ? await openOciLayout(file, undefined)
        : await openDockerArchive(file, undefined, folder);
      const packed = await indexLayers(stored.layers, { scratch: folder, signal });
      return Readable.from(packedTar(packed), { objectMode: false });
    },
  };
}

/** The folder of an OCI layout. */
async function isLayout(file: string): Promise<boolean> {
  return stat(join(file, 'oci-layout')).then(
    (found) => found.isFile(),
    () => false,
  );
}
