import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Sha256 } from '../../hash.js';
import type { FilePath } from '../../model/file-path.js';
import { type HashedContent, hashedFile, hashedStream } from '../hashing/content.js';
import type { Packed } from '../packed-source.js';
import { takeMember } from './layer-members.js';
import { emptyLayer, type Layer, LayerTree } from './layer-tree.js';

/** A layer's archive, wherever it is had from. */
export interface LayerArchive {
  readonly name: string;
  /** For messages. */
  readonly where: string;
  /** Bytes, as it is stored. */
  readonly size: number;
  /** Of the archive when it is not compressed, as the image's configuration has it. */
  readonly digest: Sha256;
  /** Where it lies, if it is some bytes of a file of this machine that are not compressed. */
  readonly place?: { readonly file: string; readonly start: number };
  open(signal?: AbortSignal): Promise<Readable>;
}

export interface IndexOptions {
  /** A folder of ours for what is compressed: an archive that is read here and there must not be. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The files of an image, from its layers in order, each read once. Nothing is unpacked: a file is a place in an archive.
 * What is not as the image's configuration says is refused.
 */
export async function indexLayers(
  layers: readonly LayerArchive[],
  { scratch, signal }: IndexOptions,
): Promise<ReadonlyMap<FilePath, Packed>> {
  const tree = new LayerTree();
  for (const [at, archive] of layers.entries()) {
    tree.add(await readLayer(archive, { copy: join(scratch, `layer-${at}.tar`), signal }));
  }
  return tree.entries();
}

export interface ReadLayerOptions {
  /** Whether contents are hashed. */
  readonly hash?: boolean;
  /** A file to be made of what is compressed, so that contents lie somewhere; without it they lie nowhere. */
  readonly copy?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What one layer brings and hides. */
export async function readLayer(archive: LayerArchive, options: ReadLayerOptions): Promise<Layer> {
  try {
    return archive.place ? await readPlace(archive, archive.place, options) : await readStream(archive, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw unreadableLayer(archive, error);
  }
}

export function unreadableLayer({ where, name }: Pick<LayerArchive, 'where' | 'name'>, error: unknown): ReproError {
  if (error instanceof ReproError) return error;
  return new ReproError('usage', `a layer of the image cannot be read: ${reasonOf(error)}`, {
    where: `${where}: ${name}`,
    remedy: 'make or copy the image again',
    cause: error,
  });
}

async function readPlace(
  { size, digest }: LayerArchive,
  at: NonNullable<LayerArchive['place']>,
  { hash = false, signal }: ReadLayerOptions,
): Promise<Layer> {
  await using content = hashedFile(at, size);
  return sound(await readLayerTar(content, { hash, at, signal }), digest);
}

async function readStream(archive: LayerArchive, options: ReadLayerOptions): Promise<Layer> {
  const { size, digest } = archive;
  const { hash = false, copy, signal } = options;
  const stream = await archive.open(signal);
  try {
    await using written = copy === undefined ? undefined : await open(copy, 'wx', 0o600);
    await using content = hashedStream(decompressed(stream, mostOf(size), archive.where), size);
    const at = { file: copy ?? '', start: 0 };
    return sound(await readLayerTar(content, { hash, at, copy: written, signal }), digest);
  } finally {
    stream.destroy();
  }
}

function sound({ layer, found }: ReadLayer, digest: Sha256): Layer {
  if (found !== digest) throw new Error('its content is not what the image names');
  return layer;
}

interface TarOptions {
  readonly hash: boolean;
  readonly at: { readonly file: string; readonly start: number };
  readonly copy?: FileHandle | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** More than any system has; what is known of each is held in memory. */
const mostMembers = 5_000_000;

interface ReadLayer {
  readonly layer: Layer;
  readonly found: Sha256;
}

/** Reads a layer's tar that is not compressed, and says what its digest is. */
export async function readLayerTar(content: HashedContent, { hash, at, copy, signal }: TarOptions): Promise<ReadLayer> {
  const layer = emptyLayer();
  for await (const member of tarMembers(kept(content.chunks, { copy, signal }))) {
    if (layer.members.length > mostMembers) throw new Error(`it has more than ${mostMembers} members`);
    await takeMember(member, layer, { at, hash });
  }
  return { layer, found: await content.digest() };
}

/** Keeps what goes by, where it is to be kept. */
async function* kept(
  content: AsyncIterable<Buffer>,
  { copy, signal }: Pick<TarOptions, 'copy' | 'signal'>,
): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    signal?.throwIfAborted();
    if (copy) await copy.writeFile(chunk);
    yield chunk;
  }
}
