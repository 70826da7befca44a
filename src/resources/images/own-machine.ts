import { ReproError } from '../../errors.js';
import type { Resource } from '../../model/resource.js';
import { kindOf } from '../kind.js';

/** A machine that was made for one resource goes with it: it can be no other's. */
export async function refuseOwnMachine({ name, backend }: Resource): Promise<void> {
  const { outer } = await kindOf(backend);
  if (!outer?.makesMachine) return;
  throw new ReproError('usage', `'${name}' on ${backend} has a machine of its own, which cannot be shared`, {
    remedy: `take it to another place: reproman import ${name} --backend NAME`,
  });
}
