import { closeSync, constants, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.js';
import { recogniseList } from '../../filesystem/lists/read.js';
import type { OpenOptions } from '../kind.js';
import type { OpenSource } from '../source.js';

export type Found = 'file' | 'folder';

/** What lies at a path of this machine; undefined where there is nothing. `#` begins the tag of a snapshot. */
export async function whatLiesAt(text: string): Promise<Found | undefined> {
  for (const file of new Set([text, text.replace(/(\.trie)#.*$/s, '$1')])) {
    try {
      return (await stat(file)).isDirectory() ? 'folder' : 'file';
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return undefined;
}

/** Opens what lies at a path, whatever it is by its content. */
export async function openFile(text: string, found: Found, options: OpenOptions): Promise<OpenSource> {
  if (found === 'folder') return openFolder(text, options);
  if (/\.trie(?:#.*)?$/s.test(text)) return (await import('./snapshot-file.js')).openSnapshotFile(text);
  if (/\.ya?ml$/.test(text)) return openYaml(text, options);
  const head = beginningOf(text);
  const { beginningOfTar } = await import('./tar.js');
  const { isSnapshotFile, openSnapshotFile } = await import('./snapshot-file.js');
  if (isSnapshotFile(head)) return openSnapshotFile(text);
  const { isLines, openLines } = await import('./lines.js');
  if (await isLines(head)) return openLines(text);
  const { isSif, openSifSource } = await import('./sif.js');
  if (isSif(head)) return openSifSource(text, options);
  if ((await recogniseList(head))?.isArchive) return (await import('./lists.js')).openListFile(text, options);
  const tar = await beginningOfTar(text, head);
  if (tar) return openArchive(text, tar, options);
  return (await import('./lists.js')).openListFile(text, options);
}

async function openFolder(folder: string, options: OpenOptions): Promise<OpenSource> {
  const has = (name: string) =>
    stat(join(folder, name)).then(
      (each) => each.isFile(),
      () => false,
    );
  if (await has('oci-layout')) return (await import('./image-files.js')).openOciSource(folder, options);
  return (await import('./disk.js')).openDirectory(folder, options);
}

/** What other programs call a spec begins otherwise than ours. */
async function openYaml(file: string, options: OpenOptions): Promise<OpenSource> {
  const isList = (await recogniseList(beginningOf(file))) !== undefined;
  if (isList) return (await import('./lists.js')).openListFile(file, options);
  return (await import('./spec.js')).openSpec(file, options);
}

/** The tar of one filesystem, or that of an image. */
async function openArchive(file: string, head: Buffer, options: OpenOptions): Promise<OpenSource> {
  const { isImageArchive, openDockerArchiveSource } = await import('./image-files.js');
  if (await isImageArchive(head)) return openDockerArchiveSource(file, options);
  return (await import('./tar.js')).openTar(file, options);
}

const headSize = 1 << 16;

/** Read where it is asked for, as another thread takes longer to be asked by each of a hundred files; no pipe is waited for. */
export function beginningOf(file: string): Buffer {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const memory = Buffer.allocUnsafe(headSize);
    return memory.subarray(0, readSync(handle, memory, 0, headSize, 0));
  } finally {
    closeSync(handle);
  }
}
