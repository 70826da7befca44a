import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { ifThere } from '../../src/machines/engine/index.js';
import type { DockerDetails } from './parameters.js';

/** What has our names already belongs to someone: another user's inventory, or the user's own work. */
export async function refuseNamesakes(engine: Docker, details: DockerDetails, name: string): Promise<void> {
  for (const container of [details.container, details.building]) {
    if (container && (await ifThere(engine.getContainer(container).inspect()))) {
      throw new ReproError('usage', `a container '${container}' that is not of this inventory exists`, {
        remedy: `choose another name with --name, or remove it with: docker rm -f ${container}`,
      });
    }
  }
  if (await ifThere(engine.getImage(details.image).inspect())) {
    throw new ReproError('usage', `an image '${details.image}' exists, and it is not of the resource '${name}'`, {
      remedy: `choose another with -b image=NAME:TAG, or remove it with: docker rmi ${details.image}`,
    });
  }
}
