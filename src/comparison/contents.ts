import { codeOf, ReproError } from '../errors.js';
import { type FilePath, showPath } from '../model/file-path.js';
import { showBytes } from '../model/sizes.js';
import { openSource } from '../sources/open.js';
import type { ReadOptions, Source } from '../sources/source.js';

/** Why a file has no content to look at. */
export type WithoutContent = 'absent' | 'too large' | 'unreadable';

/** What files of a source hold, one at a time. */
export interface FileContents extends AsyncDisposable {
  /** Whether the source has contents at all: a list has none. */
  readonly isThere: boolean;
  read(path: FilePath): Promise<Buffer | WithoutContent>;
}

/** Opens a source for its contents, none of which may be larger than `most` bytes. */
export async function openContents(
  source: Source,
  most: number,
  options: Omit<ReadOptions, 'hash'>,
): Promise<FileContents> {
  const open = await openSource(source, { ...options, hash: false });
  const readAll = async (path: FilePath) => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of (await open.content?.(path)) ?? []) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > most) return 'too large';
    }
    return Buffer.concat(chunks);
  };
  return {
    isThere: open.content !== undefined,
    read: (path) => readAll(path).catch(whyNot),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** For what was asked for by its path: undefined where it is not there, and an error where it cannot be had. */
export async function contentAsked(
  contents: FileContents,
  path: FilePath,
  { name, most }: { readonly name: string; readonly most: number },
): Promise<Buffer | undefined> {
  const where = `${showPath(path)} in ${name}`;
  if (!contents.isThere)
    throw new ReproError('usage', `${name} has no contents: it only lists what a filesystem has`, {
      where,
      remedy: 'give the image, folder or archive itself',
    });
  const content = await contents.read(path);
  if (content === 'absent') return undefined;
  if (content === 'unreadable') throw new ReproError('usage', 'this is no file that can be read', { where });
  if (content === 'too large') throw new ReproError('usage', `the file is larger than ${showBytes(most)}`, { where });
  return content;
}

function whyNot(error: unknown): WithoutContent {
  const code = codeOf(error) ?? '';
  if (['ENOENT', 'ENOTDIR'].includes(code)) return 'absent';
  if (['EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'EINVAL', 'ENXIO'].includes(code)) return 'unreadable';
  throw error;
}
