import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError, reasonOf } from '../../errors.js';
import { decompressed, isCompressed, mostOf } from '../../filesystem/decompressed.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import type { Sha256 } from '../../hash.js';
import { baseName, type FilePath, joinPath, parentPath, rootPath } from '../../model/file-path.js';
import type { Packed } from '../packed-source.js';
import { type Layer, LayerTree } from './layer-tree.js';

/** A layer's archive: some bytes of a file of this machine. */
export interface LayerArchive {
  readonly name: string;
  readonly file: string;
  readonly start: number;
  readonly size: number;
  /** Of the archive when it is not compressed, as the image's configuration has it. */
  readonly digest: Sha256;
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
  options: IndexOptions,
): Promise<ReadonlyMap<FilePath, Packed>> {
  const tree = new LayerTree();
  for (const [at, archive] of layers.entries()) {
    try {
      const plain = join(options.scratch, `layer-${at}.tar`);
      tree.add(await readLayer(archive, plain, options.signal));
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new ReproError('usage', `a layer of the image cannot be read: ${reasonOf(error)}`, {
        where: `${archive.file}: ${archive.name}`,
        remedy: 'make or copy the image again',
        cause: error,
      });
    }
  }
  return tree.entries();
}

async function readLayer(archive: LayerArchive, plain: string, signal?: AbortSignal): Promise<Layer> {
  const isPlain = !(await isCompressed(archive.file, archive.start));
  const at = isPlain ? { file: archive.file, start: archive.start } : { file: plain, start: 0 };
  const hash = createHash('sha256');
  await using copy = isPlain ? undefined : await open(plain, 'wx', 0o600);
  const layer: Layer = { hidden: [], emptied: [], members: [] };
  const stream = contentOf(archive);
  try {
    const content = seen(decompressed(stream, mostOf(archive.size)), { hash, copy, signal });
    for await (const member of tarMembers(content)) {
      if (layer.members.length > mostMembers) throw new Error(`it has more than ${mostMembers} members`);
      take(member, layer, at);
    }
  } finally {
    stream.destroy();
  }
  if (hash.digest('hex') !== archive.digest) throw new Error('its content is not what the image names');
  return layer;
}

function contentOf({ file, start, size }: LayerArchive): Readable {
  return createReadStream(file, { start, end: start + Math.max(size, 1) - 1, highWaterMark: 1 << 18 });
}

interface Seen {
  readonly hash: Hash;
  readonly copy: FileHandle | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Hashes and keeps what goes by. */
async function* seen(content: AsyncIterable<Buffer>, { hash, copy, signal }: Seen): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    signal?.throwIfAborted();
    hash.update(chunk);
    if (copy) await copy.writeFile(chunk);
    yield chunk;
  }
}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** PATH_MAX of Linux: no file has a longer name. */
const longestName = 4096;
/** More than any system has; what is known of each is held in memory. */
const mostMembers = 5_000_000;

function take(member: TarMember, layer: Layer, at: { readonly file: string; readonly start: number }): void {
  const { content: _, offset, type, target, ...rest } = member;
  const { path } = rest;
  if (path.length > longestName) throw new Error(`it has a name of ${path.length} bytes`);
  const name = baseName(path);
  if (name === opaque) layer.emptied.push(parentPath(path));
  // Others with two of the prefix are notes of the filesystem that made the layer.
  else if (name.startsWith(`${whiteout}${whiteout}`)) return;
  else if (name.startsWith(whiteout)) layer.hidden.push(joinPath(parentPath(path), name.slice(whiteout.length)));
  else if (type === 'hardlink') layer.members.push({ kind: 'link', path, target: target ?? rootPath });
  else {
    const entry = { ...rest, type, ...(target === undefined ? {} : { target }) };
    layer.members.push({ kind: 'entry', packed: { entry, file: at.file, offset: at.start + offset } });
  }
}
