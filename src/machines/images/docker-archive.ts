import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { decompressed, isCompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import { type FilePath, joinPath, normalizePath, parentPath, pathFromText, rootPath } from '../../model/file-path.js';
import { configSchema, documentLimit, notAnImage, parseDocument, savedSchema } from './documents.js';
import type { LayerArchive } from './layers.js';
import type { StoredImage } from './oci-layout.js';

interface Member {
  readonly offset: number;
  readonly size: number;
  /** Of a link to another member: old engines wrote equal layers once. */
  readonly target?: FilePath;
}

interface Archive {
  /** The archive itself, or what it is decompressed. */
  readonly file: string;
  readonly members: ReadonlyMap<FilePath, Member>;
}

/** Finds an image in a file that `docker save` wrote; `name` is needed where there are several. */
export async function openDockerArchive(file: string, name: string | undefined, scratch: string): Promise<StoredImage> {
  const archive = await openArchive(file, scratch);
  const images = parseDocument(savedSchema, await read(archive, 'manifest.json'), file);
  const known = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const chosen =
    name === undefined ? images : images.filter(({ RepoTags }) => RepoTags?.some((tag) => isNamed(tag, name)));
  const [image] = chosen;
  if (image === undefined || chosen.length > 1) {
    const what = image === undefined ? 'the archive has no such image' : 'the archive has several images';
    throw new ReproError('usage', what, {
      where: file,
      ...(known.length > 0 ? { remedy: `name one of them, as docker-archive:${file}:NAME: ${known.join(', ')}` } : {}),
    });
  }
  const config = parseDocument(configSchema, await read(archive, image.Config), file);
  const digests = config.rootfs.diff_ids;
  if (digests.length !== image.Layers.length) throw notAnImage(file, 'its configuration is of other layers');
  const layers = image.Layers.map((layer, at): LayerArchive => {
    const { offset, size } = memberAt(archive, layer);
    return {
      name: layer,
      file: archive.file,
      start: offset,
      size,
      digest: (digests[at] ?? '').slice('sha256:'.length),
    };
  });
  return { config, layers };
}

/** `debian`, `debian:12` or the whole of a name that has a registry in it. */
function isNamed(tag: string, name: string): boolean {
  return tag === name || tag === `${name}:latest` || tag.endsWith(`/${name}`);
}

async function openArchive(file: string, scratch: string): Promise<Archive> {
  try {
    const plain = await plainFile(file, scratch);
    const members = new Map<FilePath, Member>();
    for await (const { path, type, offset, size, target } of tarMembers(createReadStream(plain))) {
      if (type === 'file') members.set(path, { offset, size });
      if (type === 'symlink' && target !== undefined)
        members.set(path, { offset, size, target: normalizePath(joinPath(parentPath(path), target)) });
      if (type === 'hardlink' && target !== undefined) members.set(path, { offset, size, target });
    }
    return { file: plain, members };
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'it is not there' : reasonOf(error);
    throw notAnImage(file, why, error);
  }
}

/** `docker load` takes compressed archives, too. */
async function plainFile(file: string, scratch: string): Promise<string> {
  if (!(await isCompressed(file))) return file;
  const plain = join(scratch, 'archive.tar');
  const { size } = await stat(file);
  await pipeline(decompressed(createReadStream(file), mostOf(size)), createWriteStream(plain, { mode: 0o600 }));
  return plain;
}

async function read(archive: Archive, name: string): Promise<Buffer> {
  const { offset, size } = memberAt(archive, name);
  if (size > documentLimit) throw notAnImage(archive.file, `${name} is too long to be a document`);
  const content = createReadStream(archive.file, { start: offset, end: offset + Math.max(size, 1) - 1 });
  return Buffer.concat(await content.toArray());
}

function memberAt({ members, file }: Archive, name: string): Member {
  const own = members.get(normalizePath(joinPath(rootPath, pathFromText(name))));
  const member = own?.target === undefined ? own : members.get(own.target);
  if (member === undefined || member.target !== undefined) throw notAnImage(file, `it has no ${name}`);
  return member;
}
