import { type ArgumentValues, expandArguments, parseArguments, splitWords } from './arguments.js';
import { instructionsOf } from './dockerfile-lines.js';
import { parseImageReference } from './image-reference.js';
import type { Instruction, Recipe, RecipeBase, RecipeStage } from './recipe.js';

/**
 * The stages of a Dockerfile. Names of images may have arguments from before the first `FROM` in them; `given` has the
 * values of `--build-arg`. https://docs.docker.com/reference/dockerfile/
 */
export function parseDockerfile(text: string, given: ArgumentValues = new Map()): Recipe {
  const values = new Map<string, string>();
  const stages: (RecipeStage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    if (instruction.keyword === 'FROM') stages.push(stageOf(instruction, values, stages));
    else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') setArguments(instruction.text, values, given);
  }
  return { format: 'dockerfile', stages };
}

function setArguments(text: string, values: Map<string, string>, given: ArgumentValues): void {
  for (const [name, value] of parseArguments(text)) {
    const expanded = given.get(name) ?? (value === undefined ? undefined : expandArguments(value, values));
    if (expanded !== undefined) values.set(name, expanded);
  }
}

function stageOf({ text, line }: Instruction, values: ArgumentValues, before: readonly RecipeStage[]) {
  const words = splitWords(text);
  const flags = words.filter((word) => word.startsWith('--'));
  const [from = '', as, alias] = words.filter((word) => !word.startsWith('--'));
  const platform = flags.find((flag) => flag.startsWith('--platform='))?.slice('--platform='.length);
  const name = as?.toLowerCase() === 'as' ? alias?.toLowerCase() : undefined;
  return {
    ...(name !== undefined && { name }),
    base: baseOf(from, values, before),
    ...(platform !== undefined && { platform: expandArguments(platform, values) ?? platform }),
    line,
    instructions: [],
  };
}

function baseOf(from: string, values: ArgumentValues, before: readonly RecipeStage[]): RecipeBase {
  const text = expandArguments(from, values);
  if (text === undefined || text === '') return { kind: 'unknown', text: from };
  if (text === 'scratch') return { kind: 'scratch', text };
  const stage = before.findLastIndex(({ name }) => name === text.toLowerCase());
  if (stage !== -1) return { kind: 'stage', text, stage };
  const image = parseImageReference(text);
  return image === undefined ? { kind: 'unknown', text } : { kind: 'image', text, image };
}
