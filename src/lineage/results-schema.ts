import { z } from 'zod';
import { packageChangeSchema } from '../comparison/schema.js';
import { modeSchema, pathTextSchema } from '../model/schemas.js';
import { packageFactSchema } from '../sources/facts.js';
import { evidenceClasses } from './evidence/evidence.js';
import { toolchainSchema } from './schema.js';

const count = z.int().nonnegative();
const score = z.number().min(0).max(1);
const bytes = z.number().nonnegative();
const names = z.array(z.string());

/** What `reproman classify --json` prints. */
export const classifiedSchema = z.strictObject({
  images: z.array(
    z.strictObject({
      image: z.string(),
      declared: z.string().optional().describe('what it says itself that it was made from'),
      matches: z
        .array(
          z.strictObject({
            base: z.string(),
            evidence: z.enum(evidenceClasses),
            certainty: z.enum(['proved', 'declared', 'likely', 'similar']),
            score,
            detail: z.string(),
            containment: score.describe('how much of the core paths of the base the image has'),
          }),
        )
        .describe('the best first'),
      comparisons: count,
      spared: count.describe('bases that were not compared'),
      better: z
        .strictObject({ base: z.string(), instead: z.string().optional(), redundant: bytes, extra: bytes })
        .optional()
        .describe('a base that would bring more of the bytes of the image than bytes it lacks'),
      labels: z
        .array(
          z.strictObject({
            kind: z.enum(['package', 'program']),
            name: z.string(),
            distribution: z.string().optional(),
            version: z.string().optional(),
            weight: z.number(),
          }),
        )
        .describe('what it has on top of the best match, the most distinguishing first'),
    }),
  ),
  toolchain: toolchainSchema,
});

/** What `reproman history --json` prints. */
export const historySchema = z.strictObject({
  paths: z.array(
    z.strictObject({
      path: pathTextSchema,
      versions: z.array(
        z.strictObject({
          content: z.string().describe('sha256:HEX, -> TARGET of a link, a type, a size, or that it is not known'),
          size: bytes.optional(),
          modes: z.array(modeSchema),
          packages: z.array(packageFactSchema),
          sources: names.describe('in the order in which they were given'),
          places: z.array(pathTextSchema).optional().describe('where it lies, where links lead elsewhere'),
        }),
      ),
      missing: names.describe('sources that do not have it'),
    }),
  ),
  makers: z
    .array(
      z.strictObject({
        source: z.string(),
        path: pathTextSchema,
        layer: z.int().positive(),
        digest: z.string(),
        instruction: z.string().optional(),
        line: z.int().positive().optional(),
      }),
    )
    .optional(),
});

const amountSchema = z.strictObject({ files: count, bytes });
const correlation = z.number().min(-1).max(1);

/** What `reproman changelog --json` prints. */
export const changelogSchema = z.strictObject({
  versions: names,
  steps: z.array(
    z.strictObject({
      before: z.string(),
      after: z.string(),
      packages: z.array(packageChangeSchema),
      files: z.strictObject({
        added: amountSchema,
        removed: amountSchema,
        changed: amountSchema,
        netBytes: z.number(),
        largest: z.array(
          z.strictObject({ kind: z.enum(['added', 'removed', 'changed']), path: pathTextSchema, bytes }),
        ),
      }),
    }),
  ),
  byPaths: names.describe('versions whose packages are told by the names of their records alone'),
  outcomes: z
    .array(
      z.strictObject({
        metric: z.string(),
        steps: z.array(z.strictObject({ before: z.string(), after: z.string(), change: z.number() })),
        correlations: z.array(z.strictObject({ feature: z.string(), r: correlation.optional(), n: count })),
        suspects: names.describe('packages that became others only in the step in which the metric changed most'),
        unmeasured: names,
      }),
    )
    .optional(),
});
