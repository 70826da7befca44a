import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, ReproError } from '../../errors.js';
import { compressionOf } from '../../filesystem/decompress.js';
import { sha256 } from '../../hash.js';
import { type Descriptor, documentLimit, indexSchema, notAnImage, parseDocument } from './documents.js';
import { type Blobs, imageNamesOf, type StoredImage, storedImage } from './stored-image.js';

export type { StoredImage } from './stored-image.js';

/** Finds an image in the folder of an OCI layout; `name` is needed where there are several. */
export async function openOciLayout(folder: string, name: string | undefined, platform?: string): Promise<StoredImage> {
  const index = await read(join(folder, 'index.json'));
  return imageInLayout(folderBlobs(folder), index, { name, platform, usage: `oci:${folder}:NAME` });
}

export interface Chosen {
  readonly name: string | undefined;
  readonly platform: string | undefined;
  /** How one of several is named, for messages. */
  readonly usage: string;
}

/** Finds an image by the `index.json` of a layout, wherever that lies. */
export async function imageInLayout(blobs: Blobs, index: Buffer, chosen: Chosen): Promise<StoredImage> {
  const found = parseDocument(indexSchema, index, blobs.where).manifests;
  const named = chooseNamed(found, chosen, blobs.where);
  const image = await storedImage(blobs, named, chosen.platform);
  const names = [...new Set(named.flatMap(imageNamesOf))];
  return { ...image, ...(names.length > 0 && { names }) };
}

function folderBlobs(folder: string): Blobs {
  return {
    where: folder,
    async document({ digest }) {
      const content = await read(blobOf(folder, digest));
      if (`sha256:${sha256(content)}` === digest) return content;
      throw notAnImage(blobOf(folder, digest), 'the document is not what its name says');
    },
    async layer({ digest }) {
      const file = blobOf(folder, digest);
      const { size } = await stat(file).catch((error: unknown) => missing(file, error));
      const open = async () => createReadStream(file, { highWaterMark: 1 << 20 });
      const isPlain = (await compressionOf(file)) === '';
      return { name: digest, where: file, size, open, ...(isPlain && { place: { file, start: 0 } }) };
    },
  };
}

function chooseNamed(found: readonly Descriptor[], { name, usage }: Chosen, where: string): readonly Descriptor[] {
  const isNamed = (each: Descriptor) => imageNamesOf(each).some((one) => one === name || one.endsWith(`:${name}`));
  const chosen = name === undefined ? found : found.filter(isNamed);
  const known = [...new Set(found.flatMap(imageNamesOf))];
  if (chosen.length === 0) {
    const what = name === undefined ? 'the layout has no image' : `the layout has no image ${JSON.stringify(name)}`;
    throw new ReproError('usage', what, {
      where,
      ...(known.length > 0 ? { remedy: `it has: ${known.join(', ')}` } : {}),
    });
  }
  if (name === undefined && known.length > 1) {
    throw new ReproError('usage', 'the layout has several images', {
      where,
      remedy: `name one of them, as ${usage}: ${known.join(', ')}`,
    });
  }
  return chosen;
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
