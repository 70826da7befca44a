import { ReproError } from '../errors.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { Machine } from './machine.js';

/** What a database that cannot be read means, as a whole sentence. */
export function describeUnreadable(path: FilePath, code: string): string {
  return `${showPath(path)} cannot be read (${code}): the packages that it tells of are not known.`;
}

/** Gathers files that must all be read: a database that is there and cannot be read must not look like one that is not. */
export async function gatherReadable(
  { files, label }: Machine,
  globs: readonly string[],
  signal?: AbortSignal,
): Promise<Map<FilePath, Buffer>> {
  const unreadable: string[] = [];
  const gathered = await files.gather(globs, signal, (path, code) => unreadable.push(`${showPath(path)} (${code})`));
  const [first, ...others] = unreadable;
  if (first === undefined) return gathered;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new ReproError('not-ready', `what says which packages are installed cannot be read: ${first}${more}`, {
    where: label,
    remedy: 'give this user the right to read it, or run as a user that has it',
  });
}
