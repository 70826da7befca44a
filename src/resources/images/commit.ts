import type { SharingContext } from '../../../backends/backend.js';
import type { ContentFolder } from '../../archives/store.js';
import type { Machine } from '../../machines/machine.js';
import type { Progress } from '../../model/progress.js';
import type { Effect, Resource } from '../../model/resource.js';
import { findReady } from '../connect.js';
import { type Created, createEnvironment } from '../create.js';
import { type Inventory, openInventory } from '../inventory.js';
import { refuseImage } from './instances.js';
import { machineImagesOf } from './own-machine.js';
import { inheritedOf, lockedSpecOf, resourceSource } from './sources.js';

export interface CommitOptions {
  /** The instance. */
  readonly instance: string;
  /** What the image is called. Default: as the instance, with `-image`. */
  readonly image?: string;
  /** What the user said with `-b key=value`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** This machine. */
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly inventory?: Inventory;
  /** The version of reproman, for labels. */
  readonly tool?: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** An image, with what it was made of. */
export interface Committed extends Created {
  /** Tree digest of the instance when it was last proved: what was changed in it since then makes another. */
  readonly before?: string;
}

/**
 * Makes an image of an instance as it is now, which stays as it is. It has the instance's spec, and the proof says what
 * of that is true of it.
 */
export async function commitInstance(options: CommitOptions): Promise<Committed> {
  const { host: here, inventory = openInventory(), parameters = {}, store, tool, progress, signal } = options;
  await using place = await findReady(options.instance, { host: here, inventory });
  const { resource: instance, backend } = place;
  refuseImage(instance);
  const images = await machineImagesOf(instance);
  const spec = await lockedSpecOf(instance);
  const { name, outer, treeDigest } = instance;
  const { freeze } = backend;
  const imageName = options.image ?? `${name}-image`;
  const share = async (context: SharingContext): Promise<Resource['details'] | undefined> => {
    if (!images || !outer) return freeze?.(instance, context);
    const record = (effect: Effect) => context.record({ ...effect, outer: true });
    const frozen = await images.freeze(outer, { ...context, record, host: here, machine: place.host });
    await inventory.update(imageName, (present) => ({ ...present, outer: frozen }));
    // On the disk of the image it lies where it lies on the machine.
    return instance.details;
  };
  const created = await createEnvironment({
    ...{ spec, lock: spec.lock, source: instance.spec, backend: instance.backend, parameters, imageOnly: true },
    ...{ name: imageName, host: here, store, inventory },
    ...{ ...(tool && { tool }), ...(progress && { progress }), ...(signal && { signal }) },
    from: {
      ...resourceSource(place),
      ...((freeze || images) && { share: (_same, context) => share(context) }),
      inherited: { ...inheritedOf(instance), ...(outer && { outer }) },
    },
  });
  return { ...created, ...(treeDigest && { before: treeDigest }) };
}
