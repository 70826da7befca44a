import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { exportContainer } from '../../src/machines/engine/container-export.js';
import { ifThere, statusOf, withEngine } from '../../src/machines/engine/index.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathToBytes } from '../../src/model/file-path.js';
import type { LiveState, Resource } from '../../src/model/resource.js';
import type { BackendContext, ConnectOptions, CopyOptions } from '../backend.js';
import { bringToRest, connectContainer, connectLeashed, createContainer, labels, ownLabels } from './containers.js';
import { exportImage } from './export-image.js';
import { changesOf, isAsShown, onOwnEngine } from './host-files.js';
import { keepRunning, stopContainer } from './keep-running.js';
import { splitTag } from './names.js';
import { type DockerDetails, dockerDetailsSchema } from './parameters.js';
import { undo } from './undo.js';

/** Commits the customized container to the tagged image, and makes the container that the resource is from now on. */
export async function commit(resource: Resource, context: BackendContext): Promise<Resource['details']> {
  const { building, ...details } = detailsOf(resource);
  if (building === undefined) return resource.details;
  const { engine: address, token, image, base } = details;
  const { host } = context;
  return withEngine(host, address, async (engine) => {
    const container = engine.getContainer(building);
    await bringToRest(engine, container);
    await context.record({ kind: 'image', id: image, at: address, token });
    await commitTo(image, container, resource);
    context.signal?.throwIfAborted();
    if (resource.form !== 'image') {
      await context.record({ kind: 'container', id: details.container, at: address, token });
      await createContainer(engine, { ...requestOf(resource, details), name: details.container, role: 'resource' });
    }
    await undo({ kind: 'container', id: building, at: address, token }, host);
    await undo({ kind: 'base', id: base, at: address, token }, host);
    return details;
  });
}

/** The container stays, with the same name of its image; what was in the image before is a layer of the new one. */
export async function recommit(resource: Resource, { host }: BackendContext): Promise<void> {
  const { engine: address, image, container: name } = detailsOf(resource);
  await withEngine(host, address, async (engine) => {
    const container = engine.getContainer(name);
    await bringToRest(engine, container);
    await commitTo(image, container, resource);
  });
}

/** Makes what a container is now the image of that name, with what the resource's labels and command are. */
export async function commitTo(image: string, container: Docker.Container, resource: Resource): Promise<void> {
  const [repo, tag] = splitTag(image);
  const query = { container: container.id, repo, tag, pause: false };
  await container.commit({ _query: query, _body: imageConfig(resource) });
}

export async function connect(resource: Resource, host: Machine, options: ConnectOptions = {}): Promise<Machine> {
  const details = detailsOf(resource);
  if (resource.form === 'image' && details.building === undefined)
    return connectCopy(resource, host, { ...options, network: false });
  return withEngine(host, details.engine, async (engine) => {
    const name = details.building ?? details.container;
    if (details.building === undefined) await ensureContainer(engine, resource, details, options);
    return connectContainer(engine, name);
  });
}

export async function connectCopy(
  resource: Resource,
  host: Machine,
  { network, hostFiles = [] }: CopyOptions,
): Promise<Machine> {
  const details = detailsOf(resource);
  const shown = onOwnEngine(details, hostFiles);
  return withEngine(host, details.engine, async (engine) => {
    const request = { ...requestOf(resource, details), network, hostFiles: shown };
    const container = await createContainer(engine, { ...request, role: 'copy' });
    return connectLeashed(container, `a copy of ${resource.name}`);
  });
}

/** The resource's own container with what was changed in it, once it is stopped. */
export async function exportTree(resource: Resource, host: Machine, signal?: AbortSignal): Promise<Readable> {
  const details = detailsOf(resource);
  return withEngine(host, details.engine, async (engine) => {
    if (resource.form === 'image') return exportImage(engine, resource, details, signal);
    const container = await ensureContainer(engine, resource, details);
    await bringToRest(engine, container);
    return exportContainer(container, signal);
  });
}

/** With what a program of the host sees there, as somebody who works in it would. */
export async function start(resource: Resource, host: Machine, options: ConnectOptions = {}): Promise<void> {
  const details = detailsOf(resource);
  await withEngine(host, details.engine, async (engine) => {
    await keepRunning(engine, await ensureContainer(engine, resource, details, options));
  });
}

export async function stop(resource: Resource, host: Machine): Promise<void> {
  const { engine: address, container } = detailsOf(resource);
  await withEngine(host, address, (engine) => stopContainer(engine.getContainer(container)));
}

/** A container that somebody removed comes back from its image: only without that it is missing. */
export async function state(resource: Resource, host: Machine): Promise<LiveState> {
  const { engine: address, container, image } = detailsOf(resource);
  return withEngine(host, address, async (engine) => {
    const found = await ifThere(engine.getContainer(container).inspect());
    if (found) return found.State.Running ? 'running' : 'stopped';
    const atRest = resource.form === 'image' ? 'present' : 'stopped';
    return (await ifThere(engine.getImage(image).inspect())) ? atRest : 'missing';
  });
}

export async function describe(resource: Resource, host: Machine): Promise<string> {
  const details = detailsOf(resource);
  return withEngine(host, details.engine, async (engine) => {
    const found = await ifThere(engine.getContainer(details.container).inspect());
    const state = found === undefined ? 'not created' : found.State.Running ? 'running' : 'stopped';
    const isGone = found === undefined && !(await ifThere(engine.getImage(details.image).inspect()));
    const image = `image ${details.image}${isGone ? ' (gone)' : ''}`;
    return resource.form === 'image' ? image : `${image}, container ${details.container} (${state})`;
  });
}

export async function size(resource: Resource, host: Machine): Promise<number> {
  const details = detailsOf(resource);
  return withEngine(host, details.engine, async (engine) => {
    const found = await ifThere(
      engine.getImage(details.building === undefined ? details.image : details.base).inspect(),
    );
    return found?.Size ?? 0;
  });
}

export function detailsOf(resource: Resource): DockerDetails {
  return dockerDetailsSchema.parse(resource.details);
}

/** What the engine made in the container to mount the host's files on. */
export async function mountPoints(resource: Resource, host: Machine): Promise<ReadonlySet<FilePath>> {
  const { engine: address, container } = detailsOf(resource);
  // None was ever mounted there.
  if (resource.form === 'image') return new Set();
  return withEngine(host, address, async (engine) => (await changesOf(engine.getContainer(container))).mountPoints);
}

/**
 * A container that somebody removed comes back from its image, and so does one that shows other files of the host than
 * are wanted; but what was changed in it is kept.
 */
async function ensureContainer(
  engine: Docker,
  resource: Resource,
  details: DockerDetails,
  { hostFiles, warn }: ConnectOptions = {},
): Promise<Docker.Container> {
  const shown = hostFiles && onOwnEngine(details, hostFiles, warn);
  const container = engine.getContainer(details.container);
  const present = await ifThere(container.inspect());
  if (present && (shown === undefined || isAsShown(present, shown))) return container;
  if (present && (present.State.Running || !(await changesOf(container)).isUntouched)) {
    warn?.(keepsItsFiles(details));
    return container;
  }
  if (present) await container.remove({ v: true });
  try {
    return await createContainer(engine, {
      ...requestOf(resource, details),
      name: details.container,
      role: 'resource',
      hostFiles: shown ?? [],
    });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new ReproError('not-ready', `the image ${details.image} is gone from the Docker engine`, {
      where: details.engine,
      remedy: `create it again: reproman delete ${resource.name}, then reproman create`,
      cause: error,
    });
  }
}

function keepsItsFiles({ container }: DockerDetails): string {
  const why = 'it is in use, or something was changed in it';
  const remedy = `to have what the host has now, and lose what was changed: docker rm --force ${container}`;
  return `The container ${container} shows of the host what it was made with, for ${why}; ${remedy}`;
}

function requestOf(resource: Resource, { image, token, inventory }: DockerDetails) {
  return { image, token, inventory, resource: resource.name, network: true };
}

/** What `docker run` of the image does: the traced command, where and as whom it ran. */
function imageConfig(resource: Resource) {
  const { run, planDigest, specDigest } = resource;
  const details = detailsOf(resource);
  return {
    Env: Object.entries(run.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: pathToBytes(run.cwd).toString('utf8'),
    User: `${run.user.uid}:${run.user.gid}`,
    Cmd: run.command ?? ['/bin/sh'],
    Labels: {
      ...ownLabels({ ...details, resource: resource.name }, 'image'),
      // What it was made from has these, and hands them on.
      [labels.layer]: '',
      [labels.kind]: '',
      'reproman.plan': planDigest,
      'reproman.epoch': String(details.epoch),
      'reproman.version': details.tool,
      ...(specDigest !== undefined && { 'reproman.spec': specDigest }),
    },
  };
}
