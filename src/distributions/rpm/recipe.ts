import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planBootstrap } from './plan.js';
import type { RpmLock } from './schema.js';

/** The very packages by rpm itself; on another base they are unpacked, and rpm has no part in it. */
export function rpmRecipes(lock: RpmLock, context: PlanContext): Recipe[] {
  if (context.base.distribution !== lock.name) return [];
  const words = { options: lock.documentation ? [] : ['--excludedocs'] };
  return [{ script: 'rpm', words, packages: planBootstrap(lock, context).packages, fetched: 'before' }];
}
