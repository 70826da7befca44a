import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { containerMachine, containerScratch } from '../../src/machines/engine/container.js';
import { ifThere, statusOf } from '../../src/machines/engine/index.js';
import type { Machine } from '../../src/machines/machine.js';
import type { HostFile } from '../../src/model/host-file.js';
import { shownFrom } from './host-files.js';
import { startContainer, stopContainer } from './keep-running.js';

/** Marks what is ours. */
export const labels = {
  resource: 'reproman.resource',
  token: 'reproman.token',
  role: 'reproman.role',
  inventory: 'reproman.inventory',
  /** Of an image that others can begin with: what it was made of, and which kind of packages is on top. */
  layer: 'reproman.layer',
  kind: 'reproman.kind',
} as const;

export type Role = 'resource' | 'building' | 'copy' | 'image';

/** Does nothing, takes in orphans, and ends at once when asked: all of it with the shell that every base has. */
const idleCommand = ['sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 86400 & wait $!; done"];

/** Ends when nobody holds its input any more, so that a copy does not outlive us even when we are killed. */
const leashedCommand = ['cat'];

/** Whose something on the engine is. */
export interface Ownership {
  readonly resource: string;
  readonly token: string;
  readonly inventory: string;
}

/**
 * Of each thing that we make, all of them: an image hands its labels on to what is made of it, which may be the user's own
 * container, or another inventory's.
 */
export function ownLabels({ resource, token, inventory }: Ownership, role: Role): Readonly<Record<string, string>> {
  return {
    [labels.resource]: resource,
    [labels.token]: token,
    [labels.inventory]: inventory,
    [labels.role]: role,
  };
}

export interface ContainerRequest extends Ownership {
  readonly name?: string;
  readonly image: string;
  readonly role: Role;
  readonly network: boolean;
  /** What its programs see of the host. */
  readonly hostFiles?: readonly HostFile[];
}

/** Creates a container whose only process waits; programs come in by exec. */
export async function createContainer(engine: Docker, request: ContainerRequest): Promise<Docker.Container> {
  const leashed = request.role === 'copy';
  return engine.createContainer({
    ...(request.name !== undefined && { name: request.name }),
    Image: request.image,
    Entrypoint: [],
    Cmd: leashed ? leashedCommand : idleCommand,
    User: '0:0',
    WorkingDir: '/',
    Hostname: 'reproman',
    ...(leashed && { OpenStdin: true, StdinOnce: true }),
    Labels: ownLabels(request, request.role),
    HostConfig: {
      ...(!request.network && { NetworkMode: 'none' }),
      AutoRemove: leashed,
      Tmpfs: { [containerScratch]: 'rw,exec,nosuid,nodev,mode=0755' },
      ...shownFrom(request.hostFiles ?? []),
    },
  });
}

/** Connects to a container that several processes may use; the last one to leave stops it. */
export async function connectContainer(engine: Docker, name: string): Promise<Machine> {
  const container = engine.getContainer(name);
  return containerMachine({
    container,
    label: `container ${name}`,
    start: () => startContainer(container),
    dispose: async () => {
      await stopIfIdle(engine, container);
    },
  });
}

/** Starts a copy on a leash: it goes when it is disposed, and also when this process dies. */
export async function connectLeashed(container: Docker.Container, label: string): Promise<Machine> {
  const leash = await container.attach({ stream: true, stdin: true, hijack: true });
  leash.on('error', () => undefined);
  const remove = async () => {
    leash.end();
    await container.remove({ force: true, v: true }).catch((error: unknown) => {
      // 404: gone. 409: its removal, begun when the leash went, is under way.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    });
  };
  try {
    return await containerMachine({ container, label, start: () => startContainer(container), dispose: remove });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** At rest, so that its files can be read; never taken from under someone's feet. */
export async function bringToRest(engine: Docker, container: Docker.Container): Promise<void> {
  if (await stopIfIdle(engine, container)) return;
  throw new ReproError('not-ready', 'programs are running in the container, so its files cannot be read at rest', {
    where: container.id,
    remedy: 'end them (another reproman exec or login may be open), or reproman stop the resource, and try again',
  });
}

/** Whether it is stopped now. */
async function stopIfIdle(engine: Docker, container: Docker.Container): Promise<boolean> {
  const found = await ifThere(container.inspect());
  if (!found?.State.Running) return true;
  if (await isBusy(engine, found.ExecIDs ?? [])) return false;
  await stopContainer(container);
  return true;
}

async function isBusy(engine: Docker, execs: readonly string[]): Promise<boolean> {
  const found = await Promise.all(execs.map((id) => ifThere(engine.getExec(id).inspect({}))));
  return found.some((exec) => exec?.Running === true);
}
