import type { Backend } from '../../backends/backend.js';
import { ReproError } from '../errors.js';
import type { Resource } from '../model/resource.js';

/** Before a resource is made into the environment of another spec, or is given more. */
export function refuseFixed(resource: Resource, backend: Backend, wanted = 'made into something else'): void {
  const why = backend.fixed?.(resource);
  if (why === undefined) return;
  throw new ReproError('usage', `'${resource.name}' on ${resource.backend} cannot be ${wanted}: ${why}`, {
    remedy: 'create the other spec under another name, and delete this one',
  });
}
