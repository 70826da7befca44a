import type { ImageReference } from './image-reference.js';

/** What a stage of a recipe begins with. */
export type RecipeBase =
  | { readonly kind: 'image'; readonly text: string; readonly image: ImageReference }
  /** Nothing: what is in the image, the recipe puts there. */
  | { readonly kind: 'scratch'; readonly text: string }
  /** An earlier stage of the same recipe. */
  | { readonly kind: 'stage'; readonly text: string; readonly stage: number }
  /** A system that a tool such as debootstrap makes, or an image file. */
  | { readonly kind: 'bootstrap'; readonly text: string }
  /** An argument without a value is in it, or it is no name. */
  | { readonly kind: 'unknown'; readonly text: string };

/** One instruction of a Dockerfile, or one section of a Singularity definition. */
export interface Instruction {
  /** `RUN`, `COPY`, `%post`. */
  readonly keyword: string;
  /** All that follows, its lines joined as the builder joins them. */
  readonly text: string;
  /** The first and the last line in the file, from 1. */
  readonly line: number;
  readonly endLine: number;
}

export interface RecipeStage {
  readonly name?: string;
  readonly base: RecipeBase;
  readonly platform?: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile or a Singularity definition. */
export interface Recipe {
  readonly format: 'dockerfile' | 'singularity';
  readonly stages: readonly RecipeStage[];
}

/** The stages that the image is made of, the lowest first: the last one of the recipe, and those that it stands on. */
export function stagesOfImage({ stages }: Recipe): RecipeStage[] {
  const chain: RecipeStage[] = [];
  for (let stage = stages.at(-1); stage !== undefined; ) {
    chain.unshift(stage);
    stage = stage.base.kind === 'stage' ? stages[stage.base.stage] : undefined;
  }
  return chain;
}

/** What the image stands on, through the stages of the recipe. */
export function baseOfRecipe(recipe: Recipe): RecipeBase | undefined {
  return stagesOfImage(recipe)[0]?.base;
}

/** Every image that the recipe begins a stage with, each once: what a build of it takes. */
export function imagesOfRecipe({ stages }: Recipe): ImageReference[] {
  const found = new Map<string, ImageReference>();
  for (const { base } of stages) if (base.kind === 'image') found.set(base.text, base.image);
  return [...found.values()];
}
