import { z } from 'zod';
import { levels } from './levels.js';
import { metricNames } from './metrics.js';
import { type ModelName, models } from './models/model.js';
import { versionChanges } from './versions.js';

const count = z.int().nonnegative();
const score = z.number().min(0).max(1);
const amount = z.number().nonnegative();
const names = z.array(z.string());
const entries = z.strictObject({ path: z.string(), source: z.string(), entries: count });
const used = z.strictObject({ one: amount, other: amount, ratio: score });
const modelNames = Object.keys(models) as [ModelName, ...ModelName[]];

/** Two folders by what lies below them. */
export const subtreesSchema = z.strictObject({
  one: entries,
  other: entries,
  paths: score.describe('how alike the two paths themselves are'),
  same: count,
  aligned: count.describe('entries that were put beside one of another name, or lie below such'),
  score,
  scoreAligned: score,
  renamed: z.array(z.strictObject({ from: z.string(), to: z.string(), similarity: score })),
});

const movesSchema = z.strictObject({
  score_path: score,
  score_content: score,
  score_moved_weighted: score,
  moved: z.strictObject({ files: count, bytes: amount }),
  largest: z.array(z.strictObject({ from: z.string(), to: z.string(), size: amount, distance: amount })),
  unknown: count.describe('files whose content is not known'),
});

const packagesSchema = z.strictObject({
  both: count,
  sameVersion: count,
  upgraded: count,
  downgraded: count,
  other: count.describe('at another version whose order nobody knows, or at several'),
  onlyOne: count,
  onlyOther: count,
  score,
  scoreByVersion: score,
  changed: z.array(
    z.strictObject({
      distribution: z.string(),
      name: z.string(),
      from: names,
      to: names,
      change: z.enum(versionChanges),
    }),
  ),
});

const variablesSchema = z.strictObject({
  same: names,
  changed: z.array(
    z.strictObject({
      name: z.string(),
      one: z.string(),
      other: z.string(),
      score,
      list: z
        .strictObject({ onlyOne: names, onlyOther: names, reordered: z.boolean() })
        .optional()
        .describe('of a list of folders, such as PATH'),
    }),
  ),
  onlyOne: names,
  onlyOther: names,
  score,
});

/** What the runs of two specs have in common. */
export const runsSchema = z.strictObject({
  one: names.describe('the runs'),
  other: names,
  structure: z.strictObject({ score, files: score, programs: score, processes: score }),
  function: z.strictObject({
    score: score.optional().describe('absent where neither left anything'),
    outputs: z.strictObject({ one: count, other: count, both: count }),
    exit: z.strictObject({
      one: z.array(z.union([z.int(), z.literal('unknown')])),
      other: z.array(z.union([z.int(), z.literal('unknown')])),
    }),
  }),
  resources: z.strictObject({
    cpu: used.optional(),
    peak: used.optional(),
    read: used.optional(),
    written: used.optional(),
    time: used,
    processes: used,
  }),
  blend: z.strictObject({ weight: score, score }).optional(),
  notes: names,
});

const metricsSchema = z.partialRecord(z.enum([...metricNames, 'cosine']), score);

/** What two sources or more have in common. */
export const similaritySchema = z.strictObject({
  total: count.describe('places that any of the sources has'),
  same: count.describe('places that all have'),
  diff: count,
  score: score.describe('same / total'),
  tags: names,
  level: z.enum(levels),
  model: z.enum(modelNames),
  metrics: metricsSchema.describe('of the first two'),
  one: amount,
  other: amount,
  both: amount,
  notes: names,
  moves: movesSchema.optional(),
  packages: packagesSchema.optional(),
  variables: variablesSchema.optional(),
  runs: runsSchema.optional(),
});

/** What `reproman similarity --json` prints; with `--path` the second. */
export const similarityResultSchema = z.union([similaritySchema, subtreesSchema]);

const told = {
  removed: z.array(z.strictObject({ what: z.enum(['source', 'package']), name: z.string(), why: z.string() })),
  notes: names,
};

const table = { X: names.describe('columns'), Y: names.describe('rows') };

const clusterSchema: z.ZodType = z
  .lazy(() =>
    z.union([
      z.strictObject({ leaf: count.describe('row of data') }),
      z.strictObject({ parts: z.tuple([clusterSchema, clusterSchema]), score: z.number(), size: count }),
    ]),
  )
  .meta({ id: 'cluster' });

const packageNodeSchema: z.ZodType = z
  .lazy(() => z.strictObject({ name: z.string(), tags: names, children: z.array(packageNodeSchema) }))
  .meta({ id: 'package-node' });

/** What `reproman matrix --json` prints; with `--vectors` the second or third, with `--block` the last. */
export const matrixResultSchema = z.union([
  z.strictObject({
    data: z.array(z.array(score)),
    ...table,
    metric: z.string(),
    tree: clusterSchema.optional(),
    cophenetic: z.number().min(-1).max(1).optional(),
    groups: z.array(names).optional(),
    variables: z.strictObject({ pairs: count, r: z.number().min(-1).max(1) }).optional(),
    ...told,
  }),
  z.strictObject({ data: z.array(z.array(z.union([z.literal(0), z.literal(1)]))), ...table, ...told }),
  z.strictObject({ packages: packageNodeSchema, ...told }),
  z.strictObject({ file: z.string(), block: z.strictObject({ index: z.int(), of: z.int() }), ...told }),
]);
