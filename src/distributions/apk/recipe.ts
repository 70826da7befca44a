import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planBootstrap } from './plan.js';
import type { ApkLock } from './schema.js';

/** The very packages by apk; on another base they are unpacked, and apk has no part in it. */
export function apkRecipes(lock: ApkLock, context: PlanContext): Recipe[] {
  if (context.base.distribution !== lock.name) return [];
  return [{ script: 'apk', packages: planBootstrap(lock, context).packages, fetched: 'before' }];
}
