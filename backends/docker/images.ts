import { randomUUID } from 'node:crypto';
import { withEngine } from '../../src/machines/engine/index.js';
import { defaultImage } from '../../src/model/image-name.js';
import type { Resource } from '../../src/model/resource.js';
import type { SharingContext } from '../backend.js';
import { bringToRest, createContainer } from './containers.js';
import { commitTo, detailsOf } from './lifecycle.js';
import { containerName, splitTag } from './names.js';
import { refuseNamesakes } from './namesakes.js';
import type { DockerDetails } from './parameters.js';

/** A container of the image, which has a second name: that of the instance, for what is installed in it later. */
export async function instantiate(image: Resource, context: SharingContext): Promise<Resource['details']> {
  const { name, record, host } = context;
  const made = detailsOf(image);
  const { engine: address, token, inventory } = made;
  const details: DockerDetails = { ...made, image: defaultImage(name), container: containerName(name) };
  return withEngine(host, address, async (engine) => {
    await refuseNamesakes(engine, details, name);
    await record({ kind: 'image', id: details.image, at: address, token });
    const [repo, tag] = splitTag(details.image);
    await engine.getImage(made.image).tag({ repo, tag });
    await record({ kind: 'container', id: details.container, at: address, token });
    const request = { image: details.image, resource: name, token, inventory, network: true } as const;
    await createContainer(engine, { ...request, name: details.container, role: 'resource' });
    return { ...details };
  });
}

/** What was changed in the container is one more layer. */
export async function freeze(instance: Resource, context: SharingContext): Promise<Resource['details']> {
  const { name, record, host } = context;
  const made = detailsOf(instance);
  const { engine: address } = made;
  const token = randomUUID();
  const details: DockerDetails = { ...made, token, image: defaultImage(name), container: containerName(name) };
  return withEngine(host, address, async (engine) => {
    await refuseNamesakes(engine, details, name);
    const container = engine.getContainer(made.container);
    await bringToRest(engine, container);
    await record({ kind: 'image', id: details.image, at: address, token });
    await commitTo(details.image, container, { ...instance, name, details });
    return { ...details };
  });
}
