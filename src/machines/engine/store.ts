import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { type Scratch, scratchFolder } from '../../scratch.js';
import { openImageArchive } from '../images/docker-archive.js';
import { type ImageOptions, imageMachine } from '../images/image.js';
import type { StoredImage } from '../images/stored-image.js';
import type { Machine } from '../machine.js';
import { containerAtRest } from './container-at-rest.js';
import { findImage, findInEngine } from './lookup.js';

/**
 * A container of the Docker engine, or else an image of that name, as a machine that can be read but not run: nothing
 * is started or left there.
 */
export async function engineMachine(name: string, options: ImageOptions): Promise<Machine> {
  const { label, signal } = options;
  const found = await findInEngine(name);
  if (found.kind === 'container') {
    return containerAtRest({ container: found.container, label, ...(signal && { signal }) });
  }
  const copy = savedCopy(found.image, signal);
  try {
    const machine = await imageMachine(() => copy.open(), options);
    return {
      ...machine,
      async [Symbol.asyncDispose]() {
        await machine[Symbol.asyncDispose]();
        await copy[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await copy[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes an image of the engine into a file, as `docker save` does. */
export async function saveImage(name: string, file: string, signal?: AbortSignal): Promise<void> {
  const { image } = await findImage(name);
  await save(image, file, signal);
}

/** An image of the engine on this machine's disk, where it is put when it is first opened. */
export interface SavedCopy extends AsyncDisposable {
  /** Whether it is there, or on its way. */
  readonly isBegun: boolean;
  open(): Promise<StoredImage>;
}

/** The engine gives an image as a whole or not at all: what needs its contents shares one copy of it. */
export function savedCopy(image: Docker.Image, signal: AbortSignal | undefined): SavedCopy {
  let scratch: Scratch | undefined;
  let opened: Promise<StoredImage> | undefined;
  async function open(): Promise<StoredImage> {
    scratch = await scratchFolder('saved');
    const file = join(scratch.path, 'image.tar');
    await save(image, file, signal);
    return openImageArchive(file, { name: undefined, scratch: scratch.path });
  }
  return {
    get isBegun() {
      return opened !== undefined;
    },
    open() {
      opened ??= open();
      return opened;
    },
    async [Symbol.asyncDispose]() {
      await opened?.catch(() => undefined);
      await scratch?.[Symbol.asyncDispose]();
    },
  };
}

async function save(image: Docker.Image, file: string, signal: AbortSignal | undefined): Promise<void> {
  await pipeline(await image.get(), createWriteStream(file, { mode: 0o600 }), signal ? { signal } : {});
}
