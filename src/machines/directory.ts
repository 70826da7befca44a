import { realpathSync } from 'node:fs';
import { ReproError } from '../errors.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { diskFiles } from './disk/files.js';
import type { Machine } from './machine.js';
import { onPlatform } from './platform.js';

/** A machine whose files lie in a folder of this one. */
export interface DirectoryMachine extends Machine {
  /** Where that is; no link leads there. */
  readonly root: FilePath;
}

/** A folder as the root of a machine that can be read but not run. */
export async function directoryMachine(folder: string, label = folder): Promise<DirectoryMachine> {
  const root = pathFromText(realFolder(folder));
  const files = diskFiles(root);
  return { label, isLocal: false, ...onPlatform(files), files, root, async [Symbol.asyncDispose]() {} };
}

function realFolder(root: string): string {
  try {
    return realpathSync(root);
  } catch (cause) {
    throw new ReproError('usage', `The folder ${root} cannot be opened as the root of a machine.`, {
      where: root,
      remedy: 'Name a folder that holds a whole system.',
      cause,
    });
  }
}
