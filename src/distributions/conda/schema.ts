import { z } from 'zod';
import { certaintySchema, needsSchema } from '../../model/lock-half.js';
import { pathTextSchema, sha256Schema } from '../../model/schemas.js';
import { installingSchema } from './install.js';

/** A match specification: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications */
export const packageRequest = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9._/-]+::)?[A-Za-z0-9_][A-Za-z0-9._-]*(?:[=<>!~][^\s[\]]*)?$/,
    'a package as name, name>=1.2,<2, name=version or name=version=build',
  );

export const condaManifestSchema = z
  .strictObject({
    name: z.literal('conda'),
    prefixes: z.array(
      z.strictObject({
        path: pathTextSchema.describe('where the environment lies'),
        requested: z.array(z.string()).optional().describe('what people asked for, as its history says'),
        packages: z
          .array(packageRequest)
          .describe('the packages in it that the runs used, as name=version=build; by hand it may be looser'),
        channels: z
          .array(z.string().regex(/^[^\s-]\S*$/, 'the name or address of a channel'))
          .optional()
          .describe('where packages are had that are asked for by hand, best first'),
      }),
    ),
  })
  .describe('packages of conda environments (conda, mamba, micromamba, pixi)');

export type CondaManifest = z.infer<typeof condaManifestSchema>;

export const md5Schema = z.string().regex(/^[0-9a-f]{32}$/);

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  build: z.string(),
  architecture: z.string().optional().describe('the subdir of its channel'),
  at: pathTextSchema.describe('the prefix that it is installed in'),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  needs: needsSchema,
  channel: z.string().optional(),
  url: z.string().optional().describe('where it was had from, without token and password'),
  file: z.string().optional(),
  sha256: sha256Schema.optional().describe('of the package, as its record says'),
  md5: md5Schema.optional(),
  size: z.int().nonnegative().optional(),
  certainty: certaintySchema,
  installing: installingSchema.optional().describe('how the package is put in place'),
  owner: z.strictObject({ uid: z.int().nonnegative(), gid: z.int().nonnegative() }).optional(),
  content: sha256Schema.optional().describe('the package, or its installed files as an archive, among the contents'),
  problems: z.array(z.string()).optional(),
});

export const condaLockSchema = z.strictObject({
  name: z.literal('conda'),
  prefixes: z.array(
    z.strictObject({
      path: pathTextSchema,
      rest: sha256Schema
        .optional()
        .describe('an archive of what no package has: folders, records, what was made there'),
    }),
  ),
  packages: z.array(packageSchema).describe('the closure: used packages, and all they depend on'),
});

export type CondaLock = z.infer<typeof condaLockSchema>;
export type CondaPackage = CondaLock['packages'][number];
