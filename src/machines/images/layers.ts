import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Sha256 } from '../../hash.js';
import type { FilePath } from '../../model/file-path.js';
import type { Packed } from '../packed-source.js';
import { type StreamHash, streamHash } from '../stream-hash.js';
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
    const stream = await archive.open(options.signal);
    try {
      return await readArchive(archive, stream, options);
    } finally {
      stream.destroy();
    }
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

async function readArchive(
  { place, size, digest }: LayerArchive,
  stream: Readable,
  { hash = false, copy, signal }: ReadLayerOptions,
): Promise<Layer> {
  const makesCopy = copy !== undefined && place === undefined;
  await using written = makesCopy ? await open(copy, 'wx', 0o600) : undefined;
  const content = decompressed(stream, mostOf(size));
  const at = place ?? { file: copy ?? '', start: 0 };
  const { layer, found } = await readLayerTar(content, { size, hash, at, copy: written, signal });
  if (found !== digest) throw new Error('its content is not what the image names');
  return layer;
}

interface TarOptions {
  /** Bytes, as it is stored. */
  readonly size: number;
  readonly hash: boolean;
  readonly at: { readonly file: string; readonly start: number };
  readonly copy?: FileHandle | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** More than any system has; what is known of each is held in memory. */
const mostMembers = 5_000_000;

/** Reads a layer's tar that is not compressed, and says what its digest is. */
export async function readLayerTar(
  content: AsyncIterable<Buffer>,
  { size, hash, at, copy, signal }: TarOptions,
): Promise<{ readonly layer: Layer; readonly found: Sha256 }> {
  await using all = streamHash(size);
  const layer = emptyLayer();
  for await (const member of tarMembers(seen(content, { hash: all, copy, signal }))) {
    if (layer.members.length > mostMembers) throw new Error(`it has more than ${mostMembers} members`);
    await takeMember(member, layer, { at, hash });
  }
  return { layer, found: await all.digest() };
}

interface Seen {
  readonly hash: StreamHash;
  readonly copy: FileHandle | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Hashes and keeps what goes by. */
async function* seen(content: AsyncIterable<Buffer>, { hash, copy, signal }: Seen): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    signal?.throwIfAborted();
    const pause = hash.update(chunk);
    if (pause) await pause;
    if (copy) await copy.writeFile(chunk);
    yield chunk;
  }
}
