import type { FileView } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';
import { classifyUnowned } from './path-rules.js';

/** Whose the claimed paths are where nothing is, and no record tells what was: nobody's. For `verify` of a reader. */
export async function ownersOfAbsent(
  paths: readonly FilePath[],
  files: FileView,
  signal?: AbortSignal,
): Promise<readonly Owner[]> {
  const kinds = await files.kinds(paths, signal ? { signal } : {});
  return [...kinds].flatMap(([path, kind]) => (kind ? [] : [classifyUnowned(path, undefined)]));
}
