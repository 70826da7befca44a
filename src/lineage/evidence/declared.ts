import { type ImageReference, parseImageReference, showImage } from '../recipes/image-reference.js';
import { baseOfRecipe } from '../recipes/recipe.js';
import { isCalled, type Subject } from '../subjects.js';
import type { Evidence } from './evidence.js';

const baseName = 'org.opencontainers.image.base.name';
const baseDigest = 'org.opencontainers.image.base.digest';

/** What a source says that it was made from, by its annotations or labels, and else by its recipe. */
export interface Declared {
  readonly evidence: 'annotation' | 'recipe';
  readonly images: readonly ImageReference[];
  readonly text: string;
}

export function declaredBase(subject: Subject): Declared | undefined {
  return byAnnotation(subject) ?? byRecipe(subject);
}

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
function byAnnotation({ facts }: Subject): Declared | undefined {
  const said = { ...facts.image?.labels, ...facts.image?.annotations };
  const name = said[baseName] ? parseImageReference(said[baseName]) : undefined;
  const digest = /^[a-z0-9]+:[0-9a-f]+$/i.test(said[baseDigest] ?? '') ? said[baseDigest]?.toLowerCase() : undefined;
  if (name === undefined && digest === undefined) return undefined;
  const exact = name && digest !== undefined ? { ...name, digest } : undefined;
  const images = [...(exact ? [exact] : []), ...(name ? [name] : [])];
  return {
    evidence: 'annotation',
    images: images.length > 0 ? images : [{ name: '', digest: digest ?? '' }],
    text: name ? showImage(name) : (digest ?? ''),
  };
}

function byRecipe({ recipe }: Subject): Declared | undefined {
  const base = recipe === undefined ? undefined : baseOfRecipe(recipe);
  if (base?.kind !== 'image') return undefined;
  return { evidence: 'recipe', images: [base.image], text: showImage(base.image) };
}

export function declaredEvidence(parent: Subject, child: Subject): Evidence | undefined {
  const declared = declaredBase(child);
  if (declared === undefined || parent === child) return undefined;
  if (!declared.images.some((image) => isCalled(parent, image))) return undefined;
  return { evidence: declared.evidence, score: 1, detail: detailOf(declared) };
}

export function detailOf({ evidence, text }: Declared): string {
  return evidence === 'annotation' ? `its ${baseName} is ${text}` : `its recipe begins from ${text}`;
}

/** Whether both say that they were made from the same: then neither was made from the other. */
export function areSiblings(one: Subject, other: Subject): boolean {
  const [first, second] = [declaredBase(one), declaredBase(other)];
  return first !== undefined && first.text === second?.text;
}
