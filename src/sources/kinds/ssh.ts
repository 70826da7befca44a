import { machineFrom } from '../../machines/from.js';
import { rootPath } from '../../model/file-path.js';
import { kernelFolders } from '../../model/kernel-path.js';
import { inBatches, type OpenOptions } from '../kind.js';
import { machineSource } from '../machine-source.js';
import type { OpenSource } from '../source.js';

/** Another host, but for what its kernel makes up. */
export async function openSshSource(_rest: string, options: OpenOptions): Promise<OpenSource> {
  const { text, hash, signal } = options;
  const machine = await machineFrom(text, signal);
  const walk = () => machine.files.walk(rootPath, { hash, exclude: kernelFolders, ...(signal && { signal }) });
  return machineSource(machine, { batches: () => inBatches(walk()), options });
}
