import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { z } from 'zod';
import { ReproError } from '../../src/errors.js';
import { diskFull, engineAddressOn, ifThere, withEngine } from '../../src/machines/engine.js';
import { defaultImage } from '../../src/model/image-name.js';
import { stage } from '../../src/model/progress.js';
import type { Resource } from '../../src/model/resource.js';
import type { BootstrapContext } from '../backend.js';
import { createContainer, labels } from './containers.js';
import { containerName, splitTag } from './names.js';
import type { DockerDetails, DockerParameters } from './parameters.js';

/** Streams the base system into the engine as an image and creates the container that customize works in. */
export async function bootstrap(
  base: Readable,
  context: BootstrapContext<DockerParameters>,
): Promise<Resource['details']> {
  const { name, host, parameters, plan, record, progress } = context;
  const address = engineAddressOn(host, parameters.host);
  const token = randomUUID();
  const image = parameters.image ?? defaultImage(name);
  const details: DockerDetails = {
    engine: address,
    token,
    image,
    base: `${image.slice(0, image.lastIndexOf(':'))}:base-${token.slice(0, 8)}`,
    building: `reproman-${name}-building`,
    container: containerName(name),
    epoch: plan.bootstrap.epoch,
    tool: context.tool,
  };
  return withEngine(host, address, async (engine) => {
    await refuseNamesakes(engine, details, name);
    await record({ kind: 'base', id: details.base, at: address, token });
    await stage(progress, 'import into Docker', () => importTar(engine, base, { name, details, context }));
    const building = details.building ?? details.container;
    await record({ kind: 'container', id: building, at: address, token });
    await createContainer(engine, {
      name: building,
      image: details.base,
      resource: name,
      token,
      role: 'building',
      network: false,
    });
    return { ...details };
  });
}

/** What has our names already belongs to someone: another user's inventory, or the user's own work. */
async function refuseNamesakes(engine: Docker, details: DockerDetails, name: string): Promise<void> {
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
  const [repo, tag] = splitTag(details.base);
  try {
    const changes = [`LABEL ${labels.token}=${details.token} ${labels.resource}=${name} ${labels.role}=image`];
    const abortSignal = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
    const answer = await engine.importImage(base, { repo, tag, changes, abortSignal });
    const progress: unknown[] = [];
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    for (const line of text.split('\n')) if (line.trim() !== '') progress.push(JSON.parse(line));
    const problem = progress.map((item) => answerSchema.parse(item).error).find((error) => error !== undefined);
    if (problem !== undefined) throw importFailed(problem, details.engine);
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

const answerSchema = z.object({ error: z.string().optional() });

function importFailed(problem: string, where: string): ReproError {
  const failed = `the Docker engine cannot import the base system: ${problem}`;
  return diskFull(problem, where) ?? new ReproError('step-failed', failed, { where });
}
