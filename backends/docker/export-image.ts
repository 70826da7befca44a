import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { exportContainer } from '../../src/machines/engine/container-export.js';
import { statusOf } from '../../src/machines/engine/index.js';
import type { Resource } from '../../src/model/resource.js';
import { thenRemove } from '../then-remove.js';
import { createContainer } from './containers.js';
import type { DockerDetails } from './parameters.js';

/** An image's files, by way of a container that is made of the image for this, and never starts. */
export async function exportImage(
  engine: Docker,
  { name }: Resource,
  { image, token, inventory }: DockerDetails,
  signal?: AbortSignal,
): Promise<Readable> {
  const request = { image, token, inventory, resource: name, network: false } as const;
  const container = await createContainer(engine, { ...request, role: 'copy' });
  const remove = async () => {
    await container.remove({ force: true, v: true }).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  };
  try {
    return thenRemove(await exportContainer(container, signal), remove);
  } catch (error) {
    await remove();
    throw error;
  }
}
