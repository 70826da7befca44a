import type { MachineImages } from '../../../backends/outer.js';
import { ReproError } from '../../errors.js';
import type { Resource } from '../../model/resource.js';
import { kindOf } from '../kind.js';

/**
 * What makes images of the machine that was made for a resource: that goes with it, and can be no other's. Undefined of
 * a resource that has none of its own.
 */
export async function machineImagesOf({ name, backend }: Resource): Promise<MachineImages | undefined> {
  const { outer } = await kindOf(backend);
  if (!outer?.makesMachine) return undefined;
  if (outer.images) return outer.images;
  throw new ReproError('usage', `'${name}' on ${backend} has a machine of its own, of which no image can be made`, {
    remedy: `take it to another place: reproman import ${name} --backend NAME; or make a box of it: reproman export ${name} --to vagrant-box`,
  });
}

/** The details of the machine image that an image is, which others are made of; undefined of one without a machine. */
export async function machineImageOf(image: Resource): Promise<Resource['details'] | undefined> {
  const images = await machineImagesOf(image);
  if (!images) return undefined;
  const { name, outer = {} } = image;
  if (images.isImage(outer)) return outer;
  throw new ReproError('usage', `the image '${name}' has a machine of its own, which others cannot share`, {
    remedy: `make an instance by create, and an image of its machine: reproman commit NAME`,
  });
}
