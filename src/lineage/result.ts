import { treeOf } from './bases.js';
import type { ImageRecipe } from './layers/layer-table.js';
import { compareRecipes } from './layers/side-by-side.js';
import type { LineageReport } from './report.js';
import type { LineageResult } from './schema.js';
import type { Subject } from './subjects.js';
import type { ToolRow } from './toolchain.js';

/** A report as data. */
export function lineageResult(
  { lineage, bases, sharedLayers, accuracy, collection }: LineageReport,
  more: {
    readonly toolchain?: readonly ToolRow[];
    readonly recipes?: readonly ImageRecipe[];
    readonly compared?: LineageResult['compared'];
  } = {},
): LineageResult {
  const { names, named, verdicts, parents, same } = lineage;
  return {
    names: [...names],
    named: [...named],
    verdicts: [...verdicts],
    tree: Object.fromEntries([...parents].map(([child, { parent }]) => [child, parent])),
    roots: [...treeOf(lineage).roots],
    bases: [...bases],
    same: same.map((each) => [...each]),
    sharedLayers: sharedLayers.map(({ layers, images }) => ({ layers, images: [...images] })),
    ...(accuracy && { accuracy: { ...accuracy, wrong: [...accuracy.wrong] } }),
    collection: [...collection],
    ...(more.toolchain && { toolchain: more.toolchain.map(toolRow) }),
    ...(more.recipes && { recipes: more.recipes.map(({ steps, ...rest }) => ({ ...rest, steps: [...steps] })) }),
    ...(more.compared && { compared: more.compared }),
  };
}

/** The first of the sources with recipes beside each of the others. */
export function comparedRecipes(subjects: readonly Subject[]): NonNullable<LineageResult['compared']> {
  const [first, ...others] = subjects.flatMap(({ name, recipe }) => (recipe ? [{ name, recipe }] : []));
  if (!first) return [];
  return others.map(({ name, recipe }) => ({
    sources: [first.name, name],
    rows: compareRecipes(first.recipe, recipe),
  }));
}

function toolRow({ tool, versions, same }: ToolRow): NonNullable<LineageResult['toolchain']>[number] {
  const copied = Object.fromEntries(Object.entries(versions).map(([name, each]) => [name, [...each]]));
  return { tool, versions: copied, ...(same !== undefined && { same }) };
}
