import type { PlannedPackage } from '../model/plan.js';
import type { BuildRecipe, BuildRecipeContext } from '../packaging/source-builder.js';
import { loadDistribution } from './load.js';

/** How packages can be made from their sources, as their distributions know it; of the others it tells that they cannot. */
export async function buildRecipesFor(
  packages: readonly PlannedPackage[],
  context: BuildRecipeContext,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly BuildRecipe[]> {
  const recipes: BuildRecipe[] = [];
  for (const name of new Set(packages.map(({ distribution }) => distribution))) {
    const own = packages.filter(({ distribution }) => distribution === name);
    const module = await loadDistribution(name);
    const build = module?.builder?.(environment);
    if (build) recipes.push(...(await build(own, context)));
    else for (const planned of own) context.lacks(planned, `${module?.title ?? name} are not built from source`);
  }
  return recipes;
}
