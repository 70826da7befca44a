import { decompressed } from '../../filesystem/decompressed.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { type Sha256, sha256 } from '../../hash.js';
import { type FilePath, joinPath, pathFromText, rootPath } from '../../model/file-path.js';
import { hashedStream } from '../hashing/content.js';
import { chooseSaved } from './docker-archive.js';
import { configSchema, documentLimit, type ImageConfig, notAnImage, parseDocument, savedSchema } from './documents.js';
import { keepLayer } from './layer-cache.js';
import type { Layer } from './layer-tree.js';
import { readLayerTar, unreadableLayer } from './layers.js';

/** An image whose layers were read. */
export interface ReadImage {
  readonly config: ImageConfig;
  /** The digest of the configuration, which is the image's identity. */
  readonly id: Sha256;
  /** The lowest first. */
  readonly layers: readonly Layer[];
  readonly names?: readonly string[];
}

/** Of one image there are a few, and one of each layer where the engine is old. */
const mostDocuments = 2000;
/** Where a member begins that is neither document nor layer, such as `VERSION`. */
const smallestLayer = 512;

/**
 * Reads an image from what `docker save` writes, in one pass: layers as they come, each known by the digest that it is
 * found to have, so that the order of members does not matter. Nothing is written to disk.
 */
export async function readSavedStream(
  stream: AsyncIterable<Buffer>,
  {
    name,
    where,
    signal,
  }: { readonly name?: string; readonly where: string; readonly signal?: AbortSignal | undefined },
): Promise<ReadImage> {
  const documents = new Map<FilePath, Buffer>();
  const layers = new Map<Sha256, Layer>();
  for await (const member of tarMembers(decompressed(stream))) {
    signal?.throwIfAborted();
    if (member.type !== 'file' || member.size === 0) continue;
    const { first, content } = await begun(member);
    if (isDocument(first) && member.size <= documentLimit) {
      documents.set(member.path, await whole(content));
      if (documents.size > mostDocuments) throw notAnImage(where, `it has more than ${mostDocuments} documents`);
    } else if (member.size >= smallestLayer) await takeLayer(member, content, { layers, where, signal });
  }
  const document = (path: string): Buffer => {
    const found = documents.get(joinPath(rootPath, pathFromText(path)));
    if (found === undefined) throw notAnImage(where, `it has no ${path}`);
    return found;
  };
  const { Config, RepoTags } = chooseSaved(parseDocument(savedSchema, document('manifest.json'), where), name, where);
  const config = parseDocument(configSchema, document(Config), where);
  const inOrder = config.rootfs.diff_ids.map((digest) => {
    const layer = layers.get(digest.slice('sha256:'.length));
    if (layer === undefined) throw notAnImage(where, `the layer ${digest} is not in it, or its content is another`);
    return layer;
  });
  return { config, id: sha256(document(Config)), layers: inOrder, ...(RepoTags && { names: RepoTags }) };
}

interface Taken {
  readonly layers: Map<Sha256, Layer>;
  readonly where: string;
  readonly signal: AbortSignal | undefined;
}

async function takeLayer({ path, size }: TarMember, content: AsyncIterable<Buffer>, { layers, where, signal }: Taken) {
  try {
    const at = { file: '', start: 0 };
    await using hashed = hashedStream(decompressed(content), size);
    const { layer, found } = await readLayerTar(hashed, { hash: true, at, signal });
    layers.set(found, layer);
    await keepLayer(found, layer);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadableLayer({ where, name: path }, error);
  }
}

async function begun({ content }: TarMember): Promise<{ first: Buffer; content: AsyncIterable<Buffer> }> {
  const chunks = content[Symbol.asyncIterator]();
  const { value: first = Buffer.alloc(0) } = (await chunks.next()) as { value?: Buffer };
  async function* all(): AsyncGenerator<Buffer, void> {
    yield first;
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return;
      yield value;
    }
  }
  return { first, content: all() };
}

/** Names of layers' members are no JSON. */
function isDocument(first: Buffer): boolean {
  return /^\s*[[{]/.test(first.toString('latin1', 0, 64)) && !first.subarray(0, 512).includes(0);
}

async function whole(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
