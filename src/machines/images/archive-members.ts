import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { compressionOf } from '../../filesystem/decompress.js';
import { decompressed, mostOf } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import { type FilePath, joinPath, normalizePath, parentPath, pathFromText, rootPath } from '../../model/file-path.js';
import { tarChunks } from '../tar-chunks.js';
import { documentLimit, notAnImage } from './documents.js';
import type { LayerArchive } from './layers.js';

interface Member {
  readonly offset: number;
  readonly size: number;
  /** Of a link to another member: old engines wrote equal layers once. */
  readonly target?: FilePath;
}

/** The members of an image's archive on disk, by their names. */
export interface Archive {
  /** The archive itself, or what it is decompressed. */
  readonly file: string;
  has(name: string): boolean;
  read(name: string): Promise<Buffer>;
  layer(name: string): Promise<Omit<LayerArchive, 'digest'>>;
}

/** Finds where members lie. What is compressed is decompressed in `scratch`: `docker load` takes such archives, too. */
export async function openArchive(file: string, scratch: string): Promise<Archive> {
  try {
    const plain = (await compressionOf(file)) === '' ? file : await plainCopy(file, scratch);
    return archiveOf(plain, await membersOf(plain));
  } catch (error) {
    if (error instanceof ReproError) throw error;
    const why = codeOf(error) === 'ENOENT' ? 'it is not there' : reasonOf(error);
    throw notAnImage(file, why, error);
  }
}

async function plainCopy(file: string, scratch: string): Promise<string> {
  const plain = join(scratch, 'archive.tar');
  const { size } = await stat(file);
  const content = decompressed(createReadStream(file, { highWaterMark: 1 << 18 }), mostOf(size), file);
  await pipeline(content, createWriteStream(plain, { mode: 0o600 }));
  return plain;
}

/** Contents are skipped without being read. */
async function membersOf(file: string): Promise<ReadonlyMap<FilePath, Member>> {
  const members = new Map<FilePath, Member>();
  await using opened = await open(file);
  for await (const { path, type, offset, size, target } of tarMembers(tarChunks(opened))) {
    if (type === 'file') members.set(path, { offset, size });
    if (type === 'symlink' && target !== undefined)
      members.set(path, { offset, size, target: normalizePath(joinPath(parentPath(path), target)) });
    if (type === 'hardlink' && target !== undefined) members.set(path, { offset, size, target });
  }
  return members;
}

function archiveOf(file: string, members: ReadonlyMap<FilePath, Member>): Archive {
  const find = (name: string): Member | undefined => {
    const own = members.get(normalizePath(joinPath(rootPath, pathFromText(name))));
    const member = own?.target === undefined ? own : members.get(own.target);
    return member?.target === undefined ? member : undefined;
  };
  const memberAt = (name: string): Member => {
    const member = find(name);
    if (member === undefined) throw notAnImage(file, `it has no ${name}`);
    return member;
  };
  const contentAt = ({ offset, size }: Member): Readable =>
    createReadStream(file, { start: offset, end: offset + Math.max(size, 1) - 1, highWaterMark: 1 << 20 });
  return {
    file,
    has: (name) => find(name) !== undefined,
    async read(name) {
      const member = memberAt(name);
      if (member.size > documentLimit) throw notAnImage(file, `${name} is too long to be a document`);
      return Buffer.concat(await contentAt(member).toArray());
    },
    async layer(name) {
      const member = memberAt(name);
      const { offset, size } = member;
      const isPlain = (await compressionOf(file, offset)) === '';
      return {
        ...{ name, where: file, size },
        ...(isPlain && { place: { file, start: offset } }),
        open: async () => contentAt(member),
      };
    },
  };
}
