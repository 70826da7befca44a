import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeOf, ReproError } from '../errors.js';
import { notesOnContents, notesOnEnvironments } from './compare.js';
import { entriesOf, type Features, inOrder, weighted } from './features.js';
import { entryKinds, type FeatureOptions, isPackageLevel, levels, weightings } from './levels.js';
import { type Counts, countsOf } from './matrix.js';
import type { Environments } from './models/model.js';
import { pathParts } from './names.js';
import { packagesOf } from './package-features.js';

/** A share of all that is compared: of `of` blocks, which have the same sources, the one numbered `index`, from 1. */
export interface Block {
  readonly index: number;
  readonly of: number;
}

const settingsSchema = z.strictObject({
  level: z.enum(levels),
  entries: z.enum(entryKinds),
  weighting: z.enum(weightings),
  compat: z.boolean(),
});

/** What one block of a matrix holds: how much its share of entries weighs, by the sources that have it. */
export const partSchema = z
  .strictObject({
    format: z.literal('reproman matrix block'),
    version: z.literal(1),
    block: z.strictObject({ index: z.int().positive(), of: z.int().positive() }),
    names: z.array(z.string()),
    settings: settingsSchema,
    groups: z.array(z.strictObject({ tags: z.array(z.int().nonnegative()), weight: z.number().nonnegative() })),
    unknown: z.int().nonnegative(),
    notes: z.array(z.string()),
  })
  .refine(({ block }) => block.index <= block.of, 'a block that there is')
  .refine(({ groups, names }) => groups.every(({ tags }) => tags.every((tag) => tag < names.length)), 'known sources');

export type MatrixPart = z.infer<typeof partSchema>;
type Settings = z.infer<typeof settingsSchema>;

/** `2/5`. */
export function parseBlock(text: string): Block {
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= of) return { index, of };
  throw new ReproError('usage', `--block ${JSON.stringify(text)} is no block`, {
    remedy: 'give which of how many, such as 1/4',
  });
}

/** The share of a block. What is rare is known only when all are there, so nothing is weighed by that yet. */
export function partOf(
  environments: Environments,
  block: Block,
  options: FeatureOptions & { readonly compat?: boolean },
): MatrixPart {
  const { trie, facts } = environments;
  const { compat = false, level, entries, weighting } = options;
  const isMine = (key: string) => blockOf(key, block.of) === block.index;
  const names = trie.tags;
  const { groups, weights, unknown } = isPackageLevel(level)
    ? packagesOf(
        names.map((name) => facts.get(name)?.packages),
        { level, weighting, isMine },
      )
    : entriesOf(trie, { level, entries, weighting, isMine });
  return {
    ...{ format: 'reproman matrix block', version: 1, block, names },
    settings: { level, entries, weighting, compat },
    groups: groups.map((tags, at) => ({ tags: [...tags], weight: weights[at] ?? 0 })),
    unknown,
    notes: notesOnEnvironments(environments, options),
  };
}

/** Reads the file of a block. */
export async function readPart(file: string): Promise<MatrixPart> {
  const result = partSchema.safeParse(await readJson(file));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ReproError('usage', `this is no block of a matrix: ${issue?.path.join('.') || 'it'}: ${issue?.message}`, {
    where: file,
    remedy: 'make it with reproman matrix SOURCE... --block 1/4 -o FILE',
  });
}

/** All blocks of a matrix, in any order, as if it had been made at once: to the last digit. */
export function mergeParts(parts: readonly MatrixPart[]): {
  counts: Counts;
  notes: readonly string[];
  settings: Settings;
} {
  const [first] = parts;
  if (!first) throw new ReproError('usage', 'there are no blocks to merge', { remedy: 'give the files of all blocks' });
  const { names, settings, block } = first;
  const same = (part: MatrixPart) => JSON.stringify([part.names, part.settings, part.block.of]);
  const odd = parts.find((part) => same(part) !== same(first));
  if (odd) throw otherMatrix(first, odd);
  const numbers = parts.map(({ block: { index } }) => index).sort((a, b) => a - b);
  const all = Array.from({ length: block.of }, (_, at) => at + 1);
  const missing = all.filter((index) => !numbers.includes(index));
  if (missing.length > 0) {
    throw new ReproError(
      'usage',
      `of ${block.of} blocks ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      {
        remedy: 'give the files of all blocks',
      },
    );
  }
  const twice = numbers.find((index, at) => numbers[at - 1] === index);
  if (twice !== undefined) throw new ReproError('usage', `block ${twice} is there twice`, { remedy: 'give each once' });
  const features: Features = inOrder(
    parts.flatMap(({ groups }) => groups),
    parts.reduce((sum, { unknown }) => sum + unknown, 0),
  );
  return {
    counts: countsOf(weighted(features, settings.weighting, names.length), names),
    notes: [...notesOnContents(features.unknown), ...new Set(parts.flatMap(({ notes }) => notes))],
    settings,
  };
}

function otherMatrix(first: MatrixPart, odd: MatrixPart): ReproError {
  const what =
    JSON.stringify(first.names) !== JSON.stringify(odd.names)
      ? 'have other sources'
      : first.block.of !== odd.block.of
        ? 'are of another number of blocks'
        : 'were made with other flags';
  return new ReproError('usage', `these blocks are of different matrices: some ${what}`, {
    remedy: 'make all blocks with the same sources and flags',
  });
}

/** FNV-1a over the parts of a path, so that it is the same however the path was written. http://www.isthe.com/chongo/tech/comp/fnv/ */
function blockOf(key: string, blocks: number): number {
  let hash = 0x811c9dc5;
  for (const part of pathParts(key)) {
    for (let at = 0; at < part.length; at++) hash = Math.imul(hash ^ part.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x2f, 0x01000193);
  }
  return ((hash >>> 0) % blocks) + 1;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    const code = codeOf(error);
    if (code === 'ENOENT') throw new ReproError('usage', 'there is no such file', { where: file, cause: error });
    if (code === 'EISDIR') throw new ReproError('usage', 'this is a folder', { where: file, cause: error });
    throw error;
  }
}
