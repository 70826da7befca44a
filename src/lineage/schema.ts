import { z } from 'zod';
import { evidenceClasses } from './evidence/evidence.js';

const score = z.number().min(0).max(1);

const verdictSchema = z.strictObject({
  parent: z.string(),
  child: z.string(),
  evidence: z.enum(evidenceClasses),
  certainty: z.enum(['proved', 'declared', 'likely']),
  score,
  detail: z.string(),
});

const lineSchema = z.strictObject({ line: z.int(), text: z.string() });

export const toolchainSchema = z.array(
  z.strictObject({
    tool: z.string(),
    versions: z.record(z.string(), z.array(z.string())).describe('of each source that has it'),
    same: z.boolean().optional().describe('absent where the version of one is not known'),
  }),
);

/** What `reproman lineage --json` prints. */
export const lineageResultSchema = z.strictObject({
  names: z.array(z.string()).describe('the sources, and the images that they name as their bases'),
  named: z.array(z.string()).describe('those of them that are only named'),
  verdicts: z.array(verdictSchema).describe('the nearest parents of each'),
  tree: z.record(z.string(), z.string()).describe('the parent of each that has one'),
  roots: z.array(z.string()),
  bases: z.array(z.strictObject({ name: z.string(), children: z.int(), descendants: z.int(), isRoot: z.boolean() })),
  same: z.array(z.array(z.string())).describe('sources that are one image'),
  sharedLayers: z.array(z.strictObject({ layers: z.int(), images: z.array(z.string()) })),
  accuracy: z
    .strictObject({
      declared: z.int(),
      right: z.int(),
      wrong: z.array(z.strictObject({ child: z.string(), declared: z.string(), found: z.string().optional() })),
    })
    .optional()
    .describe('what is found without declarations, held against them'),
  collection: z.array(z.string()).describe('the images of recipes as paths below their bases'),
  toolchain: toolchainSchema.optional(),
  recipes: z
    .array(
      z.strictObject({
        source: z.string(),
        recipe: z.string().optional(),
        fit: score.optional().describe('how much of the recipe the history has'),
        steps: z.array(
          z.strictObject({
            instruction: z.string().optional(),
            layer: z.int().optional(),
            digest: z.string().optional(),
            line: z.int().optional(),
            endLine: z.int().optional(),
            isBase: z.boolean().optional(),
            files: z.strictObject({ added: z.int(), changed: z.int(), removed: z.int(), bytes: z.number() }).optional(),
          }),
        ),
      }),
    )
    .optional(),
  compared: z
    .array(
      z.strictObject({
        sources: z.tuple([z.string(), z.string()]),
        rows: z.array(
          z.strictObject({
            kind: z.enum(['same', 'changed', 'removed', 'added']),
            before: lineSchema.optional(),
            after: lineSchema.optional(),
          }),
        ),
      }),
    )
    .optional()
    .describe('the first recipe and each of the others'),
});

export type LineageResult = z.infer<typeof lineageResultSchema>;
