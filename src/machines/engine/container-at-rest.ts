import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { scratchFolder } from '../../scratch.js';
import type { Machine } from '../machine.js';
import { onPlatform } from '../platform.js';
import { sourceFiles } from '../source-files.js';
import { tarSource } from '../tar-source.js';
import { exportContainer } from './container-export.js';

export interface ContainerAtRestOptions {
  readonly container: Docker.Container;
  readonly label: string;
  readonly signal?: AbortSignal;
}

/**
 * The files of a container that has no shell or was never started, as the engine exports them now: one copy on this
 * machine's disk, for the engine has no other way to read many files, or their owners, at once.
 */
export async function containerAtRest({ container, label, signal }: ContainerAtRestOptions): Promise<Machine> {
  const scratch = await scratchFolder('export');
  try {
    const tar = join(scratch.path, 'tree.tar');
    await pipeline(await exportContainer(container, signal), createWriteStream(tar), signal ? { signal } : {});
    const files = sourceFiles(await tarSource(tar));
    const dispose = () => scratch[Symbol.asyncDispose]();
    return { label, isLocal: false, ...onPlatform(files), files, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}
