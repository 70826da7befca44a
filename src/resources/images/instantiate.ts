import type { ContentFolder } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Progress } from '../../model/progress.js';
import type { Resource } from '../../model/resource.js';
import { readyResource } from '../connect.js';
import { createEnvironment } from '../create.js';
import { type Inventory, openInventory } from '../inventory.js';
import { type Place, reachPlace } from '../place.js';
import { removeResource } from '../remove.js';
import type { TreeSource } from '../tree-source.js';
import { machineImageOf } from './own-machine.js';
import { inheritedOf, lockedSpecOf, resourceSource } from './sources.js';

export interface InstantiateOptions {
  readonly image: string;
  /** What the instance is called, or, of several, what their names begin with. Default: as the image. */
  readonly name?: string;
  /** Default 1. */
  readonly count?: number;
  /** This machine. */
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly inventory?: Inventory;
  /** The version of reproman, for labels. */
  readonly tool?: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Makes instances of an image, on its machine. They share it where its backend can share; else its tree is streamed over,
 * and compared. Each is whole before the next is begun: what fails leaves those before it.
 */
export async function instantiateImage(options: InstantiateOptions): Promise<Resource[]> {
  const { host: here, inventory = openInventory(), store, tool, progress, signal } = options;
  const image = await readyResource(options.image, inventory);
  refuseInstance(image);
  const machineImage = await machineImageOf(image);
  await using place = reachPlace(image, here);
  const spec = await lockedSpecOf(image);
  const from = machineImage
    ? onMachines(image, machineImage, inventory)
    : beside(image, await place.place(), inventory);
  const made: Resource[] = [];
  for (const name of await freeNames(options, image, inventory)) {
    progress?.({ kind: 'note', message: `'${name}' is made of '${image.name}'` });
    const { resource } = await createEnvironment({
      ...{
        spec,
        lock: spec.lock,
        backend: image.backend,
        name,
        host: here,
        store,
        inventory,
        source: image.spec,
        from,
      },
      ...{ atEnd: 'digested', ...(tool && { tool }), ...(progress && { progress }), ...(signal && { signal }) },
    });
    made.push(machineImage ? await asTheImage(resource, image, options) : resource);
  }
  return made;
}

/** On the machine that the image is on. */
function beside(image: Resource, place: Place, inventory: Inventory): TreeSource {
  const { treeDigest, environmentDigest } = image;
  return {
    ...resourceSource(place),
    async share(backend, context) {
      // The instance is in the inventory: from now on the image stays.
      await readyResource(image.name, inventory);
      return backend.instantiate?.(image, context);
    },
    inherited: { ...inheritedOf(image), image: image.name, ...(image.outer && { outer: image.outer }) },
    ...(treeDigest && { proved: { treeDigest, ...(environmentDigest && { environmentDigest }) } }),
  };
}

/** Each on a machine of its own, which has the disk that the image was made of. */
function onMachines(image: Resource, machineImage: Resource['details'], inventory: Inventory): TreeSource {
  return {
    label: `'${image.name}'`,
    open: () => Promise.reject(new Error('an image of a machine has no tree to be read')),
    async share() {
      await readyResource(image.name, inventory);
      return image.details;
    },
    machineImage,
    inherited: { ...inheritedOf(image), image: image.name },
  };
}

/** The disk of a machine that ran was copied: what came must be what was frozen. */
async function asTheImage(made: Resource, image: Resource, options: InstantiateOptions): Promise<Resource> {
  if (made.treeDigest === image.treeDigest) return made;
  await removeResource(made.name, options);
  throw new ReproError(
    'not-proved',
    `the tree is not that of '${image.name}' any more: its digest is ${made.treeDigest}`,
    {
      where: `of '${image.name}': ${image.treeDigest}`,
      remedy: `make the image again, while nothing is changed in it: reproman commit NAME`,
    },
  );
}

/** As asked; of several, and where nothing is asked, the first numbers that are free. */
async function freeNames(
  { name, count = 1 }: InstantiateOptions,
  image: Resource,
  inventory: Inventory,
): Promise<string[]> {
  if (name !== undefined && count === 1) return [name];
  const taken = new Set((await inventory.list()).map((entry) => entry.name));
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const numbered = `${name ?? image.name}-${number}`;
    if (!taken.has(numbered)) names.push(numbered);
  }
  return names;
}

function refuseInstance({ name, form }: Resource): void {
  if (form === 'image') return;
  throw new ReproError('usage', `'${name}' is no image, but an instance that may change`, {
    remedy: `make an image of it as it is now: reproman commit ${name}`,
  });
}
