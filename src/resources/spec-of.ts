import { existsSync } from 'node:fs';
import { ReproError } from '../errors.js';
import type { Resource } from '../model/resource.js';
import { readSpecification } from '../spec/read.js';
import type { Specification } from '../spec/specification.js';
import { refuseOtherSpec } from './prove.js';

/** The spec that a resource was made from, where it was then. */
export async function readSpecOf(resource: Resource): Promise<Specification> {
  const { name, spec } = resource;
  if (!existsSync(spec)) {
    throw new ReproError('not-proved', `the spec that '${name}' was made from is not there any more`, {
      where: spec,
      remedy: `put it back there with the folder beside it, or make '${name}' again from where the spec is now`,
    });
  }
  const read = await readSpecification(spec);
  refuseOtherSpec(resource, read);
  return read;
}
