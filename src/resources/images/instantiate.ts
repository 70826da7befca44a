import type { ContentFolder } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Progress } from '../../model/progress.js';
import type { Resource } from '../../model/resource.js';
import { findReady, readyResource } from '../connect.js';
import { createEnvironment } from '../create.js';
import { type Inventory, openInventory } from '../inventory.js';
import type { TreeSource } from '../tree-source.js';
import { refuseOwnMachine } from './own-machine.js';
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
  await using place = await findReady(options.image, { host: here, inventory });
  const { resource: image } = place;
  refuseInstance(image);
  await refuseOwnMachine(image);
  const spec = await lockedSpecOf(image);
  const { treeDigest, environmentDigest } = image;
  const from: TreeSource = {
    ...resourceSource(place),
    async share(backend, context) {
      // The instance is in the inventory: from now on the image stays.
      await readyResource(image.name, inventory);
      return backend.instantiate?.(image, context);
    },
    inherited: { ...inheritedOf(image), image: image.name, ...(image.outer && { outer: image.outer }) },
    ...(treeDigest && { proved: { treeDigest, ...(environmentDigest && { environmentDigest }) } }),
  };
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
      ...{ verify: false, ...(tool && { tool }), ...(progress && { progress }), ...(signal && { signal }) },
    });
    made.push(resource);
  }
  return made;
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
