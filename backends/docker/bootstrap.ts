import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { engineAddressOn } from '../../src/machines/engine/address.js';
import { diskFull, withEngine } from '../../src/machines/engine/index.js';
import { goArchitecture } from '../../src/model/go-architecture.js';
import { defaultImage } from '../../src/model/image-name.js';
import { stage } from '../../src/model/progress.js';
import type { Resource } from '../../src/model/resource.js';
import type { BootstrapContext } from '../backend.js';
import { answersOf } from './answers.js';
import { createContainer, labels, ownLabels } from './containers.js';
import { buildingName, containerName } from './names.js';
import { refuseNamesakes } from './namesakes.js';
import type { DockerDetails, DockerParameters } from './parameters.js';

/** Streams the base system into the engine as an image and creates the container that customize works in. */
export async function bootstrap(
  base: Readable,
  context: BootstrapContext<DockerParameters>,
): Promise<Resource['details']> {
  const { name, host, record, progress } = context;
  const details = newDetails(context);
  const { engine: address, token } = details;
  return withEngine(host, address, async (engine) => {
    await refuseNamesakes(engine, details, name);
    await record({ kind: 'base', id: details.base, at: address, token });
    await stage(progress, 'import into Docker', () => importTar(engine, base, { name, details, context }));
    await record({ kind: 'container', id: buildingName(name), at: address, token });
    await createBuilding(engine, name, details.base, details);
    return { ...details };
  });
}

/** Of a resource that nothing is there of yet. */
export function newDetails(context: BootstrapContext<DockerParameters>): DockerDetails {
  const { name, host, inventory, parameters, plan, tool } = context;
  const token = randomUUID();
  const image = parameters.image ?? defaultImage(name);
  return {
    engine: engineAddressOn(host, parameters.host),
    token,
    inventory,
    image,
    base: `${image.slice(0, image.lastIndexOf(':'))}:base-${token.slice(0, 8)}`,
    building: buildingName(name),
    container: containerName(name),
    epoch: plan.bootstrap.epoch,
    tool,
  };
}

/** The container that customize works in. */
export async function createBuilding(
  engine: Docker,
  name: string,
  image: string,
  { token, inventory }: DockerDetails,
): Promise<void> {
  const request = { name: buildingName(name), image, resource: name, token, inventory } as const;
  await createContainer(engine, { ...request, role: 'building', network: false });
}

interface ImportOptions {
  readonly name: string;
  readonly details: DockerDetails;
  readonly context: BootstrapContext<DockerParameters>;
}

/** A tar that breaks off, or a user who gives up, ends the request, and the engine keeps nothing. */
async function importTar(engine: Docker, base: Readable, { name, details, context }: ImportOptions): Promise<void> {
  const broken = new AbortController();
  const fail = (error: Error) => broken.abort(error);
  base.once('error', fail);
  const { signal } = context;
  try {
    // Podman, too, understands one label a line, and a tag that is part of the name.
    const { layer, plan } = context;
    const marks = {
      ...ownLabels({ ...details, resource: name }, 'image'),
      ...(layer !== undefined && { [labels.layer]: layer, [labels.kind]: 'base' }),
    };
    const changes = Object.entries(marks).map(([label, value]) => `LABEL ${label}=${value}`);
    const abortSignal = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
    const platform = `linux/${goArchitecture(plan.bootstrap.architecture)}`;
    const answer = await engine.importImage(base, { repo: details.base, changes, platform, abortSignal });
    await answersOf(answer, (problem) => importFailed(problem, details.engine));
  } catch (error) {
    signal?.throwIfAborted();
    broken.signal.throwIfAborted();
    throw error;
  } finally {
    base.off('error', fail);
    base.on('error', () => undefined);
    base.destroy();
  }
}

function importFailed(problem: string, where: string): ReproError {
  const failed = `the Docker engine cannot import the base system: ${problem}`;
  return diskFull(problem, where) ?? new ReproError('step-failed', failed, { where });
}
