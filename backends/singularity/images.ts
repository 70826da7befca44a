import { randomUUID } from 'node:crypto';
import { ReproError } from '../../src/errors.js';
import type { Resource } from '../../src/model/resource.js';
import type { SharingContext } from '../backend.js';
import { makeFolder, refuseForeign } from '../own-folder.js';
import { detailsOf, imageOf } from './build.js';
import { isStarted } from './connect.js';
import type { SingularityDetails } from './parameters.js';

/** The SIF is shared by all: what programs change lies in a folder of each. A sandbox they would change for one another. */
export async function instantiate(image: Resource, context: SharingContext): Promise<SingularityDetails | undefined> {
  const details = detailsOf(image);
  if (details.form !== 'sif') return undefined;
  const { folder, host, record } = context;
  await refuseForeign(host, folder);
  const token = randomUUID();
  await record({ kind: 'tree', id: folder, at: JSON.stringify(details.mapping), token });
  await makeFolder(host, folder, token);
  return { ...details, folder, image: imageOf(details), token };
}

/** A sandbox is streamed over with what was changed in it; in a SIF nothing is changed that could be kept. */
export async function freeze(instance: Resource, { host }: SharingContext): Promise<undefined> {
  const details = detailsOf(instance);
  if (details.form !== 'sif' || !(await isStarted(details, host))) return undefined;
  throw new ReproError('usage', `what was changed in '${instance.name}' is there only while it runs`, {
    where: imageOf(details),
    remedy:
      `stop it to make an image of what it is then: reproman stop ${instance.name}; or work in what keeps changes: ` +
      `reproman import ${instance.name} --backend singularity -b form=sandbox`,
  });
}
