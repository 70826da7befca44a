import { z } from 'zod';
import { modeSchema, pathTextSchema, sha256Schema } from '../../model/schemas.js';

/** Safe as a part of a file's name: the trace of a run or step has it. */
export const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

/** As files of the manifest name it. */
export const ownerSchema = z.string().regex(/^\d+:\d+$/);

const madeSchema = z.strictObject({
  command: z.array(z.string()).min(1).describe('the program that made it, with its arguments'),
  run: idSchema.describe('the run that it was a part of'),
});

const recordedSchema = z.strictObject({
  url: z.string().optional().describe('where it is said to be from: what comes from there is trusted by its hash only'),
  from: z.enum(['attribute', 'wget-log', 'cache']).optional().describe('what says so'),
  checksums: pathTextSchema.optional().describe('a list beside it that names the very hash of its content'),
});

/** How a file came to be where it is, as far as that is known. */
export const originSchema = z.union([madeSchema, recordedSchema]).describe('what made it, or where it is from');

const managedSchema = z
  .strictObject({
    by: z.string().describe('ansible, chef, puppet or salt'),
    from: z.string().optional().describe('the template, file or resource that it was made from, as its traces name it'),
    repository: z.string().optional().describe('where the code is kept that its controller runs'),
    revision: z.string().optional().describe('of that code'),
  })
  .describe('the tool that configures the machine put it there; recorded, not replayed');

/** A file that a run or a step reads. */
export const inputSchema = z.strictObject({
  path: pathTextSchema,
  sha256: sha256Schema.optional().describe('absent where it could not be known'),
  size: z.int().nonnegative().optional(),
  mode: modeSchema.optional().describe('of one that a step needs; default 0644'),
  carried: z.boolean().optional().describe('its content is in environment.d'),
  before: z.literal('unknown').optional().describe('the run changed it: its content before is not known'),
  from: idSchema.optional().describe('the earlier run or step that made it: a re-run takes it from there'),
  origin: originSchema.optional(),
  managed: managedSchema.optional(),
});

/** A file, link or folder, by path. */
export const fileSchema = z
  .strictObject({
    path: pathTextSchema,
    sha256: sha256Schema.optional().describe('of a file'),
    target: z.string().optional().describe('of a link'),
    tree: z
      .strictObject({ files: z.int(), size: z.int() })
      .optional()
      .describe('of a folder carried as one tree; files: 0 where only the folder itself is'),
    size: z.int().nonnegative().optional(),
    mode: modeSchema.optional(),
    owner: ownerSchema.optional().describe('uid:gid; absent for 0:0'),
    carried: z.boolean().describe('its content is in environment.d'),
    why: z.string().optional().describe('why it is not carried, or what it changes'),
    origin: originSchema.optional(),
    managed: managedSchema.optional(),
  })
  .describe('a file that no package has as it is');

export type ManifestFile = z.infer<typeof fileSchema>;
export type ManifestInput = z.infer<typeof inputSchema>;
export type Origin = z.infer<typeof originSchema>;
export type Managed = z.infer<typeof managedSchema>;
