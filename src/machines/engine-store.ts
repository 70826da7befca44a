import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { ReproError } from '../errors.js';
import { scratchFolder } from '../scratch.js';
import { containerAtRest } from './container-at-rest.js';
import { ifThere, withEngine } from './engine.js';
import { engineAddress } from './engine-address.js';
import { archiveImageMachine, type ImageOptions } from './images/image.js';
import { localMachine } from './local.js';
import type { Machine } from './machine.js';

/**
 * A container of the Docker engine, or else an image of that name, as a machine that can be read but not run: nothing
 * is started or left there.
 */
export async function engineMachine(name: string, { label, signal }: ImageOptions): Promise<Machine> {
  const address = engineAddress(undefined);
  return withEngine(await localMachine(), address, async (engine) => {
    const container = engine.getContainer(name);
    if (await ifThere(container.inspect())) return containerAtRest({ container, label, ...(signal ? { signal } : {}) });
    if (await ifThere(engine.getImage(name).inspect())) return savedImage(engine.getImage(name), { label, signal });
    throw notThere(`no container and no image ${JSON.stringify(name)}`, name, address);
  });
}

/** Writes an image of the engine into a file, as `docker save` does. */
export async function saveImage(name: string, file: string, signal?: AbortSignal): Promise<void> {
  const address = engineAddress(undefined);
  await withEngine(await localMachine(), address, async (engine) => {
    const image = engine.getImage(name);
    if (!(await ifThere(image.inspect()))) throw notThere(`no image ${JSON.stringify(name)}`, name, address);
    await save(image, file, signal);
  });
}

async function save(image: Docker.Image, file: string, signal: AbortSignal | undefined): Promise<void> {
  await pipeline(await image.get(), createWriteStream(file, { mode: 0o600 }), signal ? { signal } : {});
}

function notThere(what: string, name: string, where: string): ReproError {
  return new ReproError('usage', `there is ${what}`, {
    where,
    remedy: `see them with: docker ps --all; docker images; or fetch it with: docker pull ${name}`,
  });
}

async function savedImage(image: Docker.Image, options: ImageOptions): Promise<Machine> {
  const scratch = await scratchFolder('saved');
  const dispose = () => scratch[Symbol.asyncDispose]();
  try {
    const file = join(scratch.path, 'image.tar');
    await save(image, file, options.signal);
    const machine = await archiveImageMachine(file, undefined, options);
    return {
      ...machine,
      [Symbol.asyncDispose]: async () => {
        await machine[Symbol.asyncDispose]();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
