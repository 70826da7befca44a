import { attributesText } from '../../filesystem/attributes-text.js';
import type { TarMember } from '../../filesystem/tar.js';
import { longestTelling, tellsOfSystem } from '../../filesystem/telling-files.js';
import { type Sha256, sha256, sha256OfStream } from '../../hash.js';
import { baseName, joinPath, parentPath, rootPath } from '../../model/file-path.js';
import type { Layer } from './layer-tree.js';

interface Taking {
  /** Where the archive lies. */
  readonly at: { readonly file: string; readonly start: number };
  readonly hash: boolean;
}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** PATH_MAX of Linux: no file has a longer name. */
const longestName = 4096;

/** Adds one member of a layer's archive to what is known of the layer. */
export async function takeMember(member: TarMember, layer: Layer, { at, hash }: Taking): Promise<void> {
  const { path, type, mode, uid, gid, size, mtime, target, attributes, offset } = member;
  if (path.length > longestName) throw new Error(`it has a name of ${path.length} bytes`);
  const name = baseName(path);
  if (name === opaque) layer.emptied.push(parentPath(path));
  // Others with two of the prefix are notes of the filesystem that made the layer.
  else if (name.startsWith(`${whiteout}${whiteout}`)) return;
  else if (name.startsWith(whiteout)) layer.hidden.push(joinPath(parentPath(path), name.slice(whiteout.length)));
  else if (type === 'hardlink') layer.members.push({ kind: 'link', path, target: target ?? rootPath });
  else {
    const hashed = hash && type === 'file' ? { hash: await hashOf(member, layer) } : {};
    const entry = { path, type, mode, uid, gid, size, mtime, ...(target === undefined ? {} : { target }), ...hashed };
    const packed = { entry, file: at.file, offset: at.start + offset, attributes: attributesText(attributes) };
    layer.members.push({ kind: 'entry', packed });
  }
}

async function hashOf({ path, size, content }: TarMember, layer: Layer): Promise<Sha256> {
  if (!tellsOfSystem(path) || size > longestTelling) return (await sha256OfStream(content, size)).hash;
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  const whole = Buffer.concat(chunks);
  const hash = sha256(whole);
  layer.told.set(hash, whole);
  return hash;
}
