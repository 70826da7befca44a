import { stat } from 'node:fs/promises';
import { scratchFolder } from '../../scratch.js';
import type { Machine } from '../machine.js';
import { packedSource } from '../packed-source.js';
import { onPlatform } from '../platform.js';
import { sourceFiles } from '../source-files.js';
import { openImageArchive } from './docker-archive.js';
import type { ImageConfig } from './documents.js';
import { indexLayers } from './layers.js';
import { openOciLayout, type StoredImage } from './oci-layout.js';

export interface ImageOptions {
  readonly label: string;
  readonly platform?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image of an OCI layout, a folder or a tar of it, as a machine that can be read but not run. */
export function ociImageMachine(place: string, name: string | undefined, options: ImageOptions): Promise<Machine> {
  return imageMachine((scratch) => openOciImage(place, { ...options, name, scratch }), options);
}

export interface OpenImageOptions {
  readonly name: string | undefined;
  readonly scratch: string;
  readonly platform?: string | undefined;
}

/** An image of an OCI layout, whether that is a folder or a tar. */
export async function openOciImage(place: string, options: OpenImageOptions): Promise<StoredImage> {
  const isFile = await stat(place).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile ? openImageArchive(place, options) : openOciLayout(place, options.name, options.platform);
}

/** An image in a file of `docker save` as such a machine. */
export function archiveImageMachine(file: string, name: string | undefined, options: ImageOptions): Promise<Machine> {
  return imageMachine((scratch) => openImageArchive(file, { ...options, name, scratch }), options);
}

/** An image as such a machine: what is compressed is decompressed into a folder that goes with it. */
export async function imageMachine(
  open: (scratch: string) => Promise<StoredImage>,
  { label, signal }: ImageOptions,
): Promise<Machine> {
  const scratch = await scratchFolder('image');
  const dispose = () => scratch[Symbol.asyncDispose]();
  try {
    const { config, layers } = await open(scratch.path);
    const packed = await indexLayers(layers, { scratch: scratch.path, signal });
    const files = sourceFiles(packedSource(packed));
    const platform = onPlatform(files, { environment: environmentOf(config) });
    return { label, isLocal: false, ...platform, files, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What the image's processes have in their environment. */
export function environmentOf({ config }: ImageConfig): Record<string, string> {
  const pairs = config?.Env ?? [];
  return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
}
