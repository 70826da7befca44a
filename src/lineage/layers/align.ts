import type { ImageFacts } from '../../sources/facts.js';
import { type Instruction, type Recipe, stagesOfImage } from '../recipes/recipe.js';
import { likeness, type ToldInstruction, toldInstruction } from './history-text.js';

/** One step of how an image was made: what its history says, the layer it made, and the line of the recipe. */
export interface ImageStep {
  /** As people write it; absent where the history tells nothing. */
  readonly instruction?: string;
  /** Of the layer that it made, from 1; absent where it made none. */
  readonly layer?: number;
  readonly digest?: string;
  /** Of the recipe, where it is known and has this instruction. */
  readonly line?: number;
  readonly endLine?: number;
  /** Whether it is of the base: nothing before the first instruction of the recipe is the recipe's own. */
  readonly isBase?: boolean;
}

/** What is less alike is not the same command; other instructions are told in other words, so their kind must do. */
const leastLikeness = { RUN: 0.4, other: 0.05 } as const;

/** The steps of an image in order; each is one of the recipe's instructions at most, and their orders agree. */
export function imageSteps(image: ImageFacts, recipe: Recipe | undefined): ImageStep[] {
  const told = image.history ?? [];
  if (told.length === 0) return image.layers.map((digest, at) => ({ layer: at + 1, digest }));
  const instructions =
    recipe?.format === 'dockerfile' ? stagesOfImage(recipe).flatMap((stage) => stage.instructions) : [];
  const read = told.map(({ createdBy = '' }) => toldInstruction(createdBy));
  const matches = align(read, instructions);
  const first = matches.findIndex((match) => match !== undefined);
  const layers = told.filter(({ empty }) => empty !== true).length === image.layers.length ? image.layers : [];
  let layer = 0;
  return told.map(({ createdBy, comment, empty }, at): ImageStep => {
    const number = empty === true || layers.length === 0 ? undefined : ++layer;
    const text = read[at] ? `${read[at].keyword} ${read[at].text}`.trim() : createdBy?.trim() || comment;
    const match = matches[at];
    return {
      ...(text && { instruction: text.replace(/\s+/g, ' ') }),
      ...(number !== undefined && { layer: number, digest: layers[number - 1] ?? '' }),
      ...(match && { line: match.line, endLine: match.endLine }),
      ...(first !== -1 && at < first && { isBase: true }),
    };
  });
}

/** How much of a recipe an image's history has, from 0 to 1: whether it may be the one that the image was made from. */
export function recipeFit(image: ImageFacts, recipe: Recipe): number {
  const own = stagesOfImage(recipe).flatMap((stage) => stage.instructions);
  if (own.length === 0) return 0;
  const lines = new Set(imageSteps(image, recipe).flatMap(({ line }) => line ?? []));
  return lines.size / own.length;
}

/** A recipe of which an image has less is another's. */
const leastFit = 0.5;

/** Of several recipes the one that an image's history has the most of; undefined where it has little of any. */
export function fittingRecipe(image: ImageFacts, recipes: readonly Recipe[]): Recipe | undefined {
  const lengthOf = (recipe: Recipe) => stagesOfImage(recipe).flatMap((stage) => stage.instructions).length;
  const fits = recipes.map((recipe) => ({ recipe, fit: recipeFit(image, recipe), length: lengthOf(recipe) }));
  // A short one is matched by chance more easily.
  const [best] = fits.sort((a, b) => b.fit - a.fit || b.length - a.length);
  return best && best.fit >= leastFit ? best.recipe : undefined;
}

/** The pairs in order whose likeness is the most together, as alignments of sequences are made. */
export function align(
  told: readonly (ToldInstruction | undefined)[],
  instructions: readonly Instruction[],
): (Instruction | undefined)[] {
  const scores = told.map((one) => instructions.map((other) => (one ? scoreOf(one, other) : 0)));
  const best = Array.from({ length: told.length + 1 }, () => new Float64Array(instructions.length + 1));
  const at = (row: number, column: number) => best[row]?.[column] ?? 0;
  for (let row = told.length - 1; row >= 0; row--) {
    for (let column = instructions.length - 1; column >= 0; column--) {
      const score = scores[row]?.[column] ?? 0;
      const paired = score > 0 ? score + at(row + 1, column + 1) : 0;
      (best[row] as Float64Array)[column] = Math.max(paired, at(row + 1, column), at(row, column + 1));
    }
  }
  const found: (Instruction | undefined)[] = told.map(() => undefined);
  for (let row = 0, column = 0; row < told.length && column < instructions.length; ) {
    const score = scores[row]?.[column] ?? 0;
    // Of the same instruction told twice the later is the recipe's: the earlier is the base's.
    if (at(row, column) === at(row + 1, column)) row++;
    else if (score > 0 && at(row, column) === score + at(row + 1, column + 1)) found[row++] = instructions[column++];
    else column++;
  }
  return found;
}

function scoreOf(one: ToldInstruction, other: Instruction): number {
  const score = likeness(one, other);
  return score >= (one.keyword === 'RUN' ? leastLikeness.RUN : leastLikeness.other) ? score : 0;
}
