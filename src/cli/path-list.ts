import type { Readable } from 'node:stream';
import { ReproError } from '../errors.js';
import { type FilePath, joinPath, normalizePath, pathFromBytes, pathFromText, showPath } from '../model/file-path.js';

export interface PathListOptions {
  /** What relative paths start from; undefined: they mean nothing there. */
  readonly from: FilePath | undefined;
  /** Paths on standard input end with NUL, not with a newline. */
  readonly nul: boolean;
}

/** The paths that a command is about: its arguments, or where there are none the lines of its standard input. */
export async function readPathList(
  args: readonly string[],
  input: Readable & { readonly isTTY?: boolean },
  { from, nul }: PathListOptions,
): Promise<FilePath[]> {
  if (args.length === 0 && input.isTTY) {
    throw new ReproError('usage', 'there is no path', { remedy: 'give paths, or a list of them on standard input' });
  }
  const asked = args.length > 0 ? args.map(pathFromText) : await linesOf(input, nul ? '\0' : '\n');
  return [...new Set(asked.map((path) => absolute(path, from)))];
}

/** Names are bytes: they are not decoded. */
async function linesOf(input: Readable, end: string): Promise<FilePath[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  const lines = pathFromBytes(Buffer.concat(chunks)).split(end) as FilePath[];
  return lines.filter((line) => line !== '');
}

function absolute(path: FilePath, from: FilePath | undefined): FilePath {
  if (path.startsWith('/')) return withoutDots(path);
  if (from !== undefined && path !== '') return withoutDots(joinPath(from, path));
  throw new ReproError('usage', `${JSON.stringify(showPath(path))} is not an absolute path`, {
    remedy: 'name paths of another machine from its root on',
  });
}

/** What a `..` means shows only on the machine: a component before it may be a link. */
function withoutDots(path: FilePath): FilePath {
  return path.split('/').includes('..') ? path : normalizePath(path);
}
