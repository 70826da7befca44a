import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { compressionOf, decompress, type Suffix } from '../../archives/decompress.js';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { firstNames } from '../../machines/formats/oci.js';
import { firstMember } from '../../machines/formats/tar-head.js';
import { openImageArchive } from '../../machines/images/docker-archive.js';
import { notAnImage } from '../../machines/images/documents.js';
import { imageMachine, openOciImage } from '../../machines/images/image.js';
import { knownOrRead } from '../../machines/images/known-layers.js';
import type { StoredImage } from '../../machines/images/oci-layout.js';
import { splitAtName } from '../../machines/images/split-at-name.js';
import { scratchFolder } from '../../scratch.js';
import { imageSource } from '../image-source.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';
import { calledBy } from './called-by.js';

type Open = (scratch: string) => Promise<StoredImage>;

/** An image in a file of `docker save`, or in an OCI layout in a tar. */
export async function openDockerArchiveSource(rest: string, options: OpenOptions): Promise<OpenSource> {
  return storedSource(openUnpacked(rest, options, openImageArchive), options);
}

/** An image of an OCI layout, whether that is a folder or a tar. */
export async function openOciSource(rest: string, options: OpenOptions): Promise<OpenSource> {
  return storedSource(openUnpacked(rest, options, openOciImage), options);
}

/** Who looks for an image understands gzip and zstd: what else `docker load` takes is laid plain beside its copies. */
function openUnpacked(rest: string, { platform, signal }: OpenOptions, open: typeof openOciImage): Open {
  const [place, name] = splitAtName(rest);
  return async (scratch) => {
    const asked = { name, scratch, platform };
    const suffix = await compressionOf(place).catch((): Suffix => '');
    if (suffix === '' || suffix === '.gz' || suffix === '.zst') return open(place, asked);
    const plain = join(scratch, 'plain.tar');
    try {
      const content = decompress(createReadStream(place), suffix, place);
      await pipeline(content, createWriteStream(plain, { mode: 0o600 }), signal ? { signal } : {});
      return await open(plain, asked);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof ReproError || codeOf(error) !== undefined
        ? calledBy(error, plain, place)
        : notAnImage(place, reasonOf(error), error);
    }
  };
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
