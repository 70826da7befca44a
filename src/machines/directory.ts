import { realpathSync } from 'node:fs';
import { ReproError } from '../errors.js';
import { pathFromText } from '../model/file-path.js';
import { diskFiles } from './disk-files.js';
import type { Machine } from './machine.js';
import { readPlatform } from './platform.js';

/** A folder as the root of a machine that can be read but not run. */
export async function directoryMachine(root: string, label = root): Promise<Machine> {
  const files = diskFiles(pathFromText(realFolder(root)));
  return { label, isLocal: false, platform: await readPlatform(files), files, async [Symbol.asyncDispose]() {} };
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
