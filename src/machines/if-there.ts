import { codeOf } from '../errors.js';
import type { FilePath } from '../model/file-path.js';
import type { FileView, Unreadable } from './machine.js';

/** What a system says where no file or folder is; any other error is of one that is there and cannot be read. */
const absence: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** Whether what was thrown says that nothing is there. */
function saysAbsent(error: unknown): boolean {
  return absence.has(codeOf(error) ?? '');
}

/** Content of a file; undefined where none is, or where `unreadable` was told that it cannot be read. */
export async function readIfThere(
  { read }: Pick<FileView, 'read'>,
  path: FilePath,
  unreadable?: Unreadable,
): Promise<Buffer | undefined> {
  return read(path).catch((error: unknown) => excuse(error, path, unreadable));
}

/** Names in a folder; none where no folder is, or where `unreadable` was told that it cannot be read. */
export async function listIfThere(
  { list }: Pick<FileView, 'list'>,
  path: FilePath,
  unreadable?: Unreadable,
): Promise<FilePath[]> {
  return (await list(path).catch((error: unknown) => excuse(error, path, unreadable))) ?? [];
}

function excuse(error: unknown, path: FilePath, unreadable: Unreadable | undefined): undefined {
  if (saysAbsent(error)) return undefined;
  const code = codeOf(error);
  if (code === undefined || code === 'ABORT_ERR' || !unreadable) throw error;
  unreadable(path, code);
  return undefined;
}
