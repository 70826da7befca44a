import { codeOf } from '../../errors.js';
import type { FilePath } from '../../model/file-path.js';
import { type HashedFile, hashFile } from './file.js';

/** Files to hash, with what they were when they were seen. */
export interface HashJob {
  readonly files: readonly { readonly onDisk: FilePath; readonly identity: string }[];
}

/** Of each file its hash, or the system's code for why there is none. */
export type HashResult = HashedFile | { readonly error: string };

export function hashAll({ files }: HashJob): HashResult[] {
  return files.map(({ onDisk, identity }) => {
    try {
      return hashFile(onDisk, identity);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      return { error: code };
    }
  });
}
