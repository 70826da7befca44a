import { ReproError } from '../../errors.js';
import type { Resource } from '../../model/resource.js';
import type { Inventory } from '../inventory.js';

/** Instances that were made of an image, in order of names. */
export async function instancesOf(image: string, inventory: Inventory): Promise<string[]> {
  return (await inventory.list()).flatMap(({ name, resource }) => (resource?.image === image ? [name] : []));
}

/** What instances share stays as long as they are there, and under its name. */
export async function refuseWithInstances(image: Resource, what: string, inventory: Inventory): Promise<void> {
  const instances = image.form === 'image' ? await instancesOf(image.name, inventory) : [];
  if (instances.length === 0) return;
  throw new ReproError('usage', `the image '${image.name}' cannot be ${what}: ${instances.join(', ')} made of it`, {
    remedy: `remove them first: reproman delete ${instances.join(' ')}`,
  });
}

/** Nothing runs in an image. */
export function refuseImage({ name, form }: Resource): void {
  if (form !== 'image') return;
  throw new ReproError('usage', `'${name}' is an image, in which nothing runs or is changed`, {
    remedy: `make an instance of it: reproman instantiate ${name}`,
  });
}
