import type Docker from 'dockerode';
import { ReproError } from '../../errors.js';
import { localMachine } from '../local.js';
import { engineAddress } from './address.js';
import { ifThere, withEngine } from './index.js';

/** A container or an image of the engine, known by its id: a name may be given to another at any time. */
export type FoundInEngine =
  | { readonly kind: 'container'; readonly container: Docker.Container; readonly told: Docker.ContainerInspectInfo }
  | FoundImage;

export interface FoundImage {
  readonly kind: 'image';
  readonly image: Docker.Image;
  readonly told: Docker.ImageInspectInfo;
}

/** What the Docker engine has by a name: a container before an image. */
export async function findInEngine(name: string): Promise<FoundInEngine> {
  return lookUp(name, 'no container and no image', async (engine) => {
    const told = await ifThere(engine.getContainer(name).inspect());
    return told ? { kind: 'container', container: engine.getContainer(told.Id), told } : imageOf(engine, name);
  });
}

/** The image of that name. */
export async function findImage(name: string): Promise<FoundImage> {
  return lookUp(name, 'no image', (engine) => imageOf(engine, name));
}

async function imageOf(engine: Docker, name: string): Promise<FoundImage | undefined> {
  const told = await ifThere(engine.getImage(name).inspect());
  return told && { kind: 'image', image: engine.getImage(told.Id), told };
}

async function lookUp<Found>(
  name: string,
  missing: string,
  find: (engine: Docker) => Promise<Found | undefined>,
): Promise<Found> {
  const address = engineAddress(undefined);
  const found = await withEngine(await localMachine(), address, find);
  if (found) return found;
  throw new ReproError('usage', `there is ${missing} ${JSON.stringify(name)}`, {
    where: address,
    remedy: `see them with: docker ps --all; docker images; or fetch it with: docker pull ${name}`,
  });
}
