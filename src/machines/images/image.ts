import { scratchFolder } from '../../scratch.js';
import type { Machine } from '../machine.js';
import { packedSource } from '../packed-source.js';
import { readPlatform } from '../platform.js';
import { sourceFiles } from '../source-files.js';
import { openDockerArchive } from './docker-archive.js';
import { indexLayers } from './layers.js';
import { openOciLayout, type StoredImage } from './oci-layout.js';

export interface ImageOptions {
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
}

/** An image of an OCI layout as a machine that can be read but not run. */
export function ociImageMachine(folder: string, name: string | undefined, options: ImageOptions): Promise<Machine> {
  return imageMachine(() => openOciLayout(folder, name), options);
}

/** An image in a file of `docker save` as such a machine. */
export function archiveImageMachine(file: string, name: string | undefined, options: ImageOptions): Promise<Machine> {
  return imageMachine((scratch) => openDockerArchive(file, name, scratch), options);
}

async function imageMachine(
  open: (scratch: string) => Promise<StoredImage>,
  { label, signal }: ImageOptions,
): Promise<Machine> {
  const scratch = await scratchFolder('image');
  const dispose = () => scratch[Symbol.asyncDispose]();
  try {
    const { config, layers } = await open(scratch.path);
    const packed = await indexLayers(layers, { scratch: scratch.path, signal });
    const files = sourceFiles(packedSource(packed));
    const environment = Object.fromEntries(
      (config.config?.Env ?? []).map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    );
    const platform = await readPlatform(files, { environment });
    return { label, isLocal: false, platform, files, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
