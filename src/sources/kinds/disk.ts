import { resolve } from 'node:path';
import { ReproError } from '../../errors.js';
import { directoryMachine } from '../../machines/directory.js';
import { diskTree } from '../../machines/disk/tree.js';
import { localMachine } from '../../machines/local.js';
import { pathFromText, rootPath } from '../../model/file-path.js';
import type { OpenOptions } from '../kind.js';
import { machineSource } from '../machine-source.js';
import type { OpenSource } from '../source.js';

/** This machine as it is, or the part of it below a folder, under its own paths. */
export async function openHost(rest: string, options: OpenOptions): Promise<OpenSource> {
  const start = rest === '' ? rootPath : pathFromText(resolve(rest));
  const machine = await localMachine();
  const found = await machine.files.lstat(start);
  if (!found) throw new ReproError('usage', 'there is nothing at that path', { where: rest });
  const batches = () => diskTree({ root: rootPath, start, ...walking(options) });
  return machineSource(machine, { batches, options, roots: [start] });
}

/** A folder as the root of a filesystem. */
export async function openDirectory(folder: string, options: OpenOptions): Promise<OpenSource> {
  if (folder === '') throw new ReproError('usage', 'no folder is named', { remedy: 'write dir:FOLDER' });
  const machine = await directoryMachine(folder, options.text);
  const { root } = machine;
  return machineSource(machine, { batches: () => diskTree({ root, start: rootPath, ...walking(options) }), options });
}

function walking({ hash, attributes = false, signal }: OpenOptions) {
  return { hash, attributes, signal };
}
