import { z } from 'zod';
import { modeSchema, pathTextSchema, sha256Schema } from '../../model/schemas.js';
import { fileSchema, idSchema, inputSchema, ownerSchema } from './files.js';

/** What is said of every kind of step. */
const common = { id: idSchema, why: z.string().optional() };

const makesSchema = z
  .array(fileSchema)
  .default([])
  .describe(
    'what it leaves: compared after it, and put in place from environment.d where it is not so; none: all counts',
  );

const commandSchema = z.strictObject({
  ...common,
  command: z.array(z.string()).min(1),
  masked: z.literal(true).optional().describe('a secret was masked in the command: it cannot run again as it is'),
  cwd: pathTextSchema.default('/'),
  environment: z.record(z.string(), z.string()).default({}),
  umask: z
    .string()
    .regex(/^[0-7]{3,4}$/)
    .default('0022'),
  user: z.strictObject({ uid: z.int(), gid: z.int(), groups: z.array(z.int()).optional() }).optional(),
  exit: z.int().default(0).describe('the exit code that it has'),
  network: z.literal(true).optional().describe('it talked to the network when it was traced'),
  inputs: z.array(inputSchema).default([]).describe('put in place before it'),
  makes: makesSchema,
});

const copySchema = z.strictObject({
  ...common,
  copy: pathTextSchema.describe('a file or folder that is there by then'),
  path: pathTextSchema.describe('what it is to be called'),
  makes: makesSchema,
});

const downloadSchema = z.strictObject({
  ...common,
  download: z.string().regex(/^https?:\/\/\S+$/, 'an address such as https://example.org/data.csv'),
  path: pathTextSchema,
  sha256: sha256Schema.describe('nothing else is put in place'),
  size: z.int().nonnegative().optional(),
  mode: modeSchema.default('0644'),
  owner: ownerSchema.default('0:0').describe('uid:gid'),
  carried: z.boolean().default(false).describe('its content is in environment.d: no network is needed'),
});

/** One step of building what no package manager knows. */
export const stepSchema = z
  .union([commandSchema, copySchema, downloadSchema])
  .describe('done in order, after the packages are installed and the files are in place');

export type ManifestStep = z.infer<typeof stepSchema>;
export type CommandStep = z.infer<typeof commandSchema>;
export type CopyStep = z.infer<typeof copySchema>;
export type DownloadStep = z.infer<typeof downloadSchema>;
