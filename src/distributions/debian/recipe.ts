import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planBootstrap } from './plan.js';
import type { DebianLock } from './schema.js';

/** The very packages by dpkg, for which it matters neither what archives have now nor whether it is a step back. */
export function debianRecipes(lock: DebianLock, context: PlanContext): Recipe[] {
  const { packages } = planBootstrap(lock, context);
  return [{ script: 'debian', words: { architectures: lock.foreignArchitectures }, packages, fetched: 'before' }];
}
