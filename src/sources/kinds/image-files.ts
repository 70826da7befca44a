import { firstNames } from '../../machines/formats/oci.js';
import { firstMember } from '../../machines/formats/tar-head.js';
import { openImageArchive } from '../../machines/images/docker-archive.js';
import { imageMachine, openOciImage } from '../../machines/images/image.js';
import { knownOrRead } from '../../machines/images/known-layers.js';
import type { StoredImage } from '../../machines/images/oci-layout.js';
import { splitAtName } from '../../machines/images/split-at-name.js';
import { scratchFolder } from '../../scratch.js';
import { imageSource } from '../image-source.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';

type Open = (scratch: string) => Promise<StoredImage>;

/** An image in a file of `docker save`, or in an OCI layout in a tar. */
export async function openDockerArchiveSource(rest: string, options: OpenOptions): Promise<OpenSource> {
  return storedSource(asked(rest, options, openImageArchive), options);
}

/** An image of an OCI layout, whether that is a folder or a tar. */
export async function openOciSource(rest: string, options: OpenOptions): Promise<OpenSource> {
  return storedSource(asked(rest, options, openOciImage), options);
}

function asked(rest: string, { platform }: OpenOptions, open: typeof openOciImage): Open {
  const [place, name] = splitAtName(rest);
  return (scratch) => open(place, { name, scratch, platform });
}

/** An image whose parts lie in files. */
async function storedSource(open: Open, options: OpenOptions): Promise<OpenSource> {
  const { text, signal } = options;
  const scratch = await scratchFolder('image');
  try {
    const image = await open(scratch.path);
    return imageSource(
      {
        ...image,
        layers: () => knownOrRead(image.layers, signal),
        archives: async () => image.layers,
        machine: () => imageMachine(open, { label: text, signal }),
        dispose: async () => scratch[Symbol.asyncDispose](),
      },
      options,
    );
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether a tar is that of an image, by the name of its first member; its beginning is plain. */
export async function isImageArchive(head: Buffer): Promise<boolean> {
  return firstNames.test((await firstMember(head)) ?? '');
}
