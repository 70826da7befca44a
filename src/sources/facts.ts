import { z } from 'zod';
import { pathTextSchema } from '../model/schemas.js';

export { packageText } from '../model/package-text.js';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a SHA-256 digest');

/** One package that a source has: as `PackageRef`, with what only some sources tell. */
export const packageFactSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  at: pathTextSchema.optional(),
  origin: z.string().optional().describe('the archive that it is from, without credentials'),
  size: z.number().nonnegative().optional().describe('bytes when installed'),
});

export type PackageFact = z.infer<typeof packageFactSchema>;

/** What an image says beside its files. https://github.com/opencontainers/image-spec/blob/main/config.md */
export const imageFactsSchema = z.strictObject({
  names: z.array(z.string()).optional().describe('what the image is called, such as library/debian:12'),
  layers: z.array(digest).describe('the digests of its unpacked layers, the lowest first'),
  history: z
    .array(
      z.strictObject({
        createdBy: z.string().optional(),
        comment: z.string().optional(),
        /** Whether it made no layer. */
        empty: z.boolean().optional(),
      }),
    )
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  configuration: z
    .record(z.string(), z.union([z.string(), z.array(z.string()), z.literal(true)]))
    .optional()
    .describe('what else it says of how it is run, by the names of its configuration; of a set its members'),
  created: z.string().optional(),
  architecture: z.string().optional(),
});

export type ImageFacts = z.infer<typeof imageFactsSchema>;

/** What a source tells of itself beside its entries. What it does not tell is absent; a list of packages may be empty. */
export const sourceFactsSchema = z.strictObject({
  packages: z.array(packageFactSchema).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  system: z.record(z.string(), z.string()).optional().describe('os-release'),
  image: imageFactsSchema.optional(),
  recipe: z.string().optional().describe('the Dockerfile or Singularity definition that it was made from'),
});

export type SourceFacts = z.infer<typeof sourceFactsSchema>;
