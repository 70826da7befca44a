import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { ReproError } from '../errors.js';
import { scratchFolder } from '../scratch.js';
import { containerAtRest } from './container-at-rest.js';
import { engineAddress, ifThere, withEngine } from './engine.js';
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
    throw new ReproError('usage', `there is no container and no image ${JSON.stringify(name)}`, {
      where: address,
      remedy: `see them with: docker ps --all; docker images; or fetch it with: docker pull ${name}`,
    });
  });
}

async function savedImage(image: Docker.Image, options: ImageOptions): Promise<Machine> {
  const scratch = await scratchFolder('saved');
  const dispose = () => scratch[Symbol.asyncDispose]();
  try {
    const file = join(scratch.path, 'image.tar');
    const { signal } = options;
    await pipeline(await image.get(), createWriteStream(file, { mode: 0o600 }), signal ? { signal } : {});
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
