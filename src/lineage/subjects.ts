import { basename } from 'node:path';
import { FilesystemTrie } from '../filesystem/trie/trie.js';
import { collectSources } from '../sources/collect.js';
import type { SourceFacts } from '../sources/facts.js';
import type { ReadOptions, Source } from '../sources/source.js';
import { type ImageReference, isSameImage, parseImageReference, showImage, slugOf } from './recipes/image-reference.js';
import { parseRecipe, readRecipeFile, recipeName } from './recipes/read.js';
import type { Recipe } from './recipes/recipe.js';

/** One source whose descent is asked for: what it is called, what it tells, and its recipe where that is known. */
export interface Subject {
  readonly name: string;
  readonly facts: SourceFacts;
  readonly recipe?: Recipe;
  /** What it is called as an image. */
  readonly images: readonly ImageReference[];
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** The files of those that have any, by their names; a recipe alone has none. */
  readonly trie: FilesystemTrie;
}

/** Reads sources; recipes may be among them. */
export async function readSubjects(sources: readonly Source[], options: ReadOptions): Promise<Subjects> {
  const recipes = new Map<Source, string>();
  for (const source of sources) {
    const text = await readRecipeFile(source.text);
    if (text !== undefined) recipes.set(source, text);
  }
  const others = sources.filter((source) => !recipes.has(source));
  const { trie, facts } =
    others.length > 0 ? await collectSources(others, options) : { trie: new FilesystemTrie(), facts: new Map() };
  const found = [...facts].map(([name, each]) => subjectOf(name, each, textOf(others, name)));
  const taken = new Set(found.map(({ name }) => name));
  for (const [source, recipe] of recipes) {
    const name = freeName(isGiven(source) ? source.name : recipeName(source.text), taken);
    found.push(subjectOf(name, { recipe }, name));
  }
  return { subjects: found, trie };
}

/** One of them from what is known already. */
export function subjectOf(name: string, facts: SourceFacts, text = name): Subject {
  const recipe = facts.recipe === undefined ? undefined : parseRecipe(facts.recipe);
  const texts = [...(facts.image?.names ?? []), ...namesIn(text), name];
  const images = new Map<string, ImageReference>();
  for (const each of texts) {
    const image = parseImageReference(each);
    if (image !== undefined) images.set(showImage(image), image);
  }
  return { name, facts, ...(recipe && { recipe }), images: [...images.values()] };
}

/** Whether an image that somebody names is this one. Files are often called after images: `ubuntu_16.04`. */
export function isCalled({ name, images }: Subject, asked: ImageReference): boolean {
  return images.some((image) => isSameImage(asked, image)) || slugOf(name) === slugOf(showImage(asked));
}

/** The image in the name of a source: `docker:debian:12`, `docker-archive:FILE:NAME`. */
function namesIn(text: string): string[] {
  const docker = /^(?:docker|registry):(?:\/\/)?(.+)$/.exec(text)?.[1];
  const inside = /^(?:docker-archive|oci):[^:]+:(.+)$/.exec(text)?.[1];
  return [docker, inside].filter((each) => each !== undefined);
}

function textOf(sources: readonly Source[], name: string): string {
  return sources.find((source) => source.name === name)?.text ?? name;
}

/** Whether `NAME=` was said: names that are not given are those of the files. */
function isGiven({ name, text }: Source): boolean {
  return !basename(text).startsWith(name.replace(/ \(\d+\)$/, ''));
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let times = 2; taken.has(free); times++) free = `${name} (${times})`;
  taken.add(free);
  return free;
}
