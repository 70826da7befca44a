import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { ifThere, statusOf, withEngine } from '../../src/machines/engine/index.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Effect } from '../../src/model/resource.js';
import type { UndoOptions } from '../backend.js';
import { createContainer, labels, type Role } from './containers.js';
import { ownLayer, removeLayer, removeUnused } from './layers.js';

/** Milliseconds until what the engine was asked for is there, where nothing tells whether it is still at it. */
const patience: Readonly<Record<string, number>> = { base: 5000, layer: 5000, image: 10_000 };

/** Milliseconds that a container may take to be made. */
const containerPatience = 60_000;

/** Removes what carries our mark; what only has the same name stays. */
export async function undo(
  { kind, id, at, token }: Effect,
  host: Machine,
  { late = false }: UndoOptions = {},
): Promise<void> {
  if (at === undefined || token === undefined) return;
  await withEngine(host, at, async (engine) => {
    if (kind === 'container') {
      const container = engine.getContainer(id);
      if (late) await containerMade(engine, { name: id, token });
      if (isMarked(await ifThere(container.inspect()), token)) await removeContainer(container);
    } else if (kind === 'layer') {
      if (late) await madeWithin(patience[kind] ?? 0, () => ownLayer(engine, id, token));
      await removeLayer(engine, id, token);
    } else {
      const image = engine.getImage(id);
      if (late) await madeWithin(patience[kind] ?? 0, () => ifThere(image.inspect()));
      if (isMarked(await ifThere(image.inspect()), token)) await removeImage(engine, image, token);
      await removeNameless(engine, token);
    }
  });
}

interface Inspected {
  readonly Config: { readonly Labels?: Readonly<Record<string, string>> | undefined };
}

/** Whether what the engine has of that name is what we made. */
export function isMarked(found: Inspected | undefined, token: string | undefined): boolean {
  return token !== undefined && found?.Config.Labels?.[labels.token] === token;
}

/** With containers of it that a kill left before they were started. */
async function removeImage(engine: Docker, image: Docker.Image, token: string): Promise<void> {
  const label = [`${labels.token}=${token}`, `${labels.role}=${'copy' satisfies Role}`];
  for (const { Id: id } of await engine.listContainers({ all: true, filters: { label, status: ['created'] } }))
    await removeContainer(engine.getContainer(id));
  await ifThere(image.remove({ force: true }));
}

/** Those that had the name before, and one that lost it to an engine which ended before it was removed. */
async function removeNameless(engine: Docker, token: string): Promise<void> {
  const filters = { label: [`${labels.token}=${token}`], dangling: ['true'] };
  for (const { Id: id } of await engine.listImages({ filters })) await removeUnused(engine.getImage(id));
}

async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await ifThere(container.remove({ force: true, v: true }));
  } catch (error) {
    // 409: its removal is under way.
    if (statusOf(error) !== 409) throw error;
    await ifThere(container.wait({ condition: 'removed' }));
  }
}

/**
 * The engine keeps the name of a container from when it begins to make it until that is gone, whatever image that is made
 * from: maybe a layer of another resource, or a base that was pulled. So it is not making ours when there is no image at
 * all, or when we get the name: for another one with our mark, which goes the same way.
 */
async function containerMade(engine: Docker, { name, token }: { name: string; token: string }): Promise<void> {
  const deadline = Date.now() + containerPatience;
  while (!(await ifThere(engine.getContainer(name).inspect()))) {
    const image = await someImage(engine, token);
    if (image === undefined) return;
    try {
      await createContainer(engine, { ...image, resource: '', token, name, role: 'building', network: false });
    } catch (error) {
      // 409: the name is taken. 404: somebody removed that image.
      if (statusOf(error) !== 409 && statusOf(error) !== 404) throw error;
      if (Date.now() > deadline) throw stillBusy(name);
      await delay(50);
    }
  }
}

/** One that a container can surely be made from: of this resource, of another, or any. */
async function someImage(engine: Docker, token: string) {
  const images = await engine.listImages({ all: true });
  const own = images.find(({ Labels: each }) => each?.[labels.token] === token);
  const image = own ?? images.find(({ Labels: each }) => each?.[labels.token] !== undefined) ?? images[0];
  return image && { image: image.Id, inventory: own?.Labels?.[labels.inventory] ?? '' };
}

async function madeWithin(milliseconds: number, find: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await delay(100)) {
    if ((await find()) !== undefined) return;
  }
}

function stillBusy(name: string): ReproError {
  return new ReproError('not-ready', `the Docker engine is still making the container '${name}'`, {
    remedy: 'try again in a moment',
  });
}
