import type { ReadOptions, Source } from '../../sources/source.js';
import { declaredBase } from '../evidence/declared.js';
import { type LineageInput, lineageOf } from '../lineage.js';
import { Overlap } from '../overlap.js';
import { packagesByPaths } from '../packages/by-paths.js';
import { loadManagers } from '../packages/managers.js';
import { readSubjects, type Subject } from '../subjects.js';
import { type ToolRow, toolchainOf } from '../toolchain.js';
import { type Label, labelsOf } from './labels.js';
import { savingsOf } from './redundancy.js';
import { type Match, walkBases } from './walk.js';

/** Where an image belongs among bases. */
export interface Classification {
  readonly image: string;
  /** What it says itself that it was made from. */
  readonly declared?: string;
  /** The best first. */
  readonly matches: readonly Match[];
  readonly comparisons: number;
  readonly spared: number;
  /** A base on which the image would be smaller than on its own. */
  readonly better?: {
    readonly base: string;
    readonly instead?: string;
    readonly redundant: number;
    readonly extra: number;
  };
  /** What it has on top of the best match. */
  readonly labels: readonly Label[];
}

export interface Classified {
  readonly images: readonly Classification[];
  readonly toolchain: readonly ToolRow[];
}

export interface ClassifyOptions extends ReadOptions {
  readonly images: readonly Source[];
  readonly bases: readonly Source[];
}

export async function classify({ images, bases, ...options }: ClassifyOptions): Promise<Classified> {
  const { subjects, trie } = await readSubjects([...bases, ...images], options);
  const wanted = new Set(images.map(({ name }) => name));
  const [below, above] = [
    subjects.filter(({ name }) => !wanted.has(name)),
    subjects.filter(({ name }) => wanted.has(name)),
  ];
  const managers = await loadManagers(subjects.map(({ facts }) => facts));
  const input: LineageInput = { subjects: below, overlap: new Overlap(trie), managers };
  const lineage = lineageOf(input);
  const byPaths = packagesByPaths(trie);
  const packages = ({ name, facts }: Subject) => facts.packages ?? byPaths.get(name) ?? [];
  const known = new Map(below.map((each) => [each.name, each]));
  const classified = above.map((image): Classification => {
    const walk = walkBases(image, lineage, input);
    const [best] = walk.matches;
    const declared = declaredBase(image)?.text;
    const current = best && best.certainty !== 'similar' ? best.base : undefined;
    const candidates = walk.matches.filter(({ containment }) => containment >= leastShared).map(({ base }) => base);
    const savings = savingsOf(trie, image.name, candidates, current);
    const better = betterOf(savings, current);
    return {
      image: image.name,
      ...(declared !== undefined && { declared }),
      ...walk,
      ...(better && { better }),
      labels: labelsOf(image, known.get(best?.base ?? ''), { trie, packages, corpus: below }),
    };
  });
  return { images: classified, toolchain: toolchainOf(above, trie, managers) };
}

/** An image can be built on what it has nearly all of. */
const leastShared = 0.9;

function betterOf(
  savings: ReadonlyMap<string, { readonly redundant: number; readonly extra: number }>,
  current: string | undefined,
): Classification['better'] {
  const [best] = [...savings]
    .filter(([name, { redundant, extra }]) => name !== current && redundant > extra)
    .sort(([one, a], [other, b]) => b.redundant - b.extra - (a.redundant - a.extra) || (one < other ? -1 : 1));
  return best && { base: best[0], ...(current !== undefined && { instead: current }), ...best[1] };
}
