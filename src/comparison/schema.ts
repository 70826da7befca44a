import { z } from 'zod';
import { type FileChange, verdicts } from '../filesystem/diff/file-comparison.js';
import { entryDocument, entrySchema } from '../filesystem/trie/entry-document.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import { showPath } from '../model/file-path.js';
import { pathTextSchema } from '../model/schemas.js';
import { type PackageFact, packageFactSchema } from '../sources/facts.js';
import { type Comparison, isEqual } from './comparison.js';
import { packageKinds } from './packages.js';
import { type Violation, violationSchema } from './rules.js';
import { bytesOf, countVerdicts } from './summary.js';

const count = z.int().nonnegative();

const changeSchema = z.strictObject({
  path: pathTextSchema,
  from: pathTextSchema.optional().describe('where it was, when that is another place'),
  verdicts: z.array(z.enum(verdicts)).min(1),
  before: entrySchema.optional(),
  after: entrySchema.optional(),
  whole: z
    .strictObject({ entries: count, bytes: z.number() })
    .optional()
    .describe('what a directory has that was moved or copied as one'),
  share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('of a directory moved in part: how much of its files is the same'),
  sharedWith: pathTextSchema.optional().describe('another name of the same file'),
  rule: z.string().optional().describe('the published rule by which it may differ'),
});

const settingSchema = z.strictObject({ name: z.string(), before: z.string().optional(), after: z.string().optional() });

const knowledgeSchema = z.strictObject({
  entries: count,
  files: count,
  types: count,
  modes: count,
  sizes: count,
  hashes: count,
});

/** A package that two sources do not have alike. */
export const packageChangeSchema = z.strictObject({
  kind: z.enum(packageKinds),
  distribution: z.string(),
  name: z.string(),
  before: packageFactSchema.optional(),
  after: packageFactSchema.optional(),
});

/** What `reproman diff --json` prints for two sources. */
export const comparisonSchema = z.strictObject({
  version: z.literal(1),
  one: z.string(),
  other: z.string(),
  equal: z.boolean(),
  packages: z
    .array(packageChangeSchema)
    .optional()
    .describe('absent where one of the sources tells nothing of packages'),
  environment: z.array(settingSchema),
  image: z.array(settingSchema),
  files: z.strictObject({
    same: count,
    unproved: count.describe('of these, how many files of which the content is not known on both sides'),
    counts: z.partialRecord(z.enum(verdicts), count),
    bytes: z.strictObject({ added: z.number(), removed: z.number() }),
    changes: z.array(changeSchema),
    volatile: z.array(changeSchema),
    normalized: z.array(
      z.strictObject({ path: pathTextSchema, from: pathTextSchema.optional(), rule: z.string(), entries: count }),
    ),
    one: knowledgeSchema.describe('how many entries of the first source tell what'),
    other: knowledgeSchema,
  }),
  violations: z.array(violationSchema).optional().describe('of the rules that were given'),
  notes: z.array(z.string()),
});

export type ComparisonDocument = z.infer<typeof comparisonSchema>;

/** A comparison as data. */
export function comparisonDocument(
  comparison: Comparison,
  options: { readonly violations?: readonly Violation[] } = {},
): ComparisonDocument {
  const { one, other, packages, environment, image, files, notes } = comparison;
  const { changes, volatile, normalized, same, unproved } = files;
  return {
    version: 1,
    one,
    other,
    equal: isEqual(comparison),
    ...(packages && {
      packages: [...packages] as {
        kind: (typeof packageKinds)[number];
        distribution: string;
        name: string;
        before?: PackageFact;
        after?: PackageFact;
      }[],
    }),
    environment: [...environment],
    image: [...image],
    files: {
      same,
      unproved,
      counts: countVerdicts(changes),
      bytes: bytesOf(changes),
      changes: changes.map(changeDocument),
      volatile: volatile.map(changeDocument),
      normalized: normalized.map(({ path, from, ...rest }) => ({
        path: showPath(path),
        ...(from !== undefined && { from: showPath(from) }),
        ...rest,
      })),
      one: files.one,
      other: files.other,
    },
    ...(options.violations && { violations: [...options.violations] }),
    notes: [...notes],
  };
}

function changeDocument(change: FileChange): z.infer<typeof changeSchema> {
  const { path, from, sharedWith, before, after, verdicts, ...rest } = change;
  return {
    path: showPath(path),
    ...(from !== undefined && { from: showPath(from) }),
    verdicts: [...verdicts],
    ...(before && { before: placeless(before) }),
    ...(after && { after: placeless(after) }),
    ...(sharedWith !== undefined && { sharedWith: showPath(sharedWith) }),
    ...rest,
  };
}

function placeless({ path: _path, ...entry }: PartialEntry): z.infer<typeof entrySchema> {
  return entryDocument(entry);
}
