import type { Machine } from './machine.js';
import { onPlatform } from './platform.js';
import { sourceFiles } from './source-files.js';
import { tarSource } from './tar-source.js';

/** The files of an uncompressed tar on disk as a machine that can be read but not run; the file must stay there. */
export async function tarMachine(file: string, label: string): Promise<Machine> {
  const files = sourceFiles(await tarSource(file));
  return { label, isLocal: false, ...onPlatform(files), files, [Symbol.asyncDispose]: async () => undefined };
}
