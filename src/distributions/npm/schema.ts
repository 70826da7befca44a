import { z } from 'zod';
import { certaintySchema, needsSchema, packageReferenceSchema } from '../../model/lock-half.js';
import { pathTextSchema, sha256Schema } from '../../model/schemas.js';
import { unpackingSchema } from './tarball.js';

/** `name@version` or `name@range`; a name may have a scope: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
export const packageRequest = z
  .string()
  .regex(/^(?:@[^@/\s]+\/)?[^@/\s=<>]+(?:@[^\s:/]+)?$/, 'a package as name, name@version or name@range');

export const npmManifestSchema = z
  .strictObject({
    name: z.literal('npm'),
    trees: z.array(
      z.strictObject({
        path: pathTextSchema.describe('a node_modules folder'),
        packages: z
          .array(packageRequest)
          .describe('the packages in it that the runs used, as name@version; what is written by hand may be looser'),
      }),
    ),
  })
  .describe('packages of Node.js in node_modules folders (npm, pnpm, Yarn)');

export type NpmManifest = z.infer<typeof npmManifestSchema>;

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  at: pathTextSchema.describe('the folder that it is installed in'),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  needs: needsSchema,
  optional: z.boolean().optional(),
  resolved: z.string().optional().describe('where it was had from, as the lock file says it, without credentials'),
  integrity: z.string().optional().describe('digest of its tarball, as the lock file says it'),
  certainty: certaintySchema,
  unpacked: unpackingSchema.optional().describe('how npm puts the tarball in place'),
  owner: z.strictObject({ uid: z.int().nonnegative(), gid: z.int().nonnegative() }).optional(),
  size: z.int().nonnegative().optional(),
  content: sha256Schema.optional().describe('the tarball, or the installed files as an archive, among the contents'),
  problems: z.array(z.string()).optional(),
});

export const npmLockSchema = z.strictObject({
  name: z.literal('npm'),
  trees: z.array(
    z.strictObject({
      path: pathTextSchema,
      manager: z.enum(['npm', 'pnpm', 'yarn', 'unknown']),
      links: z
        .array(z.strictObject({ path: pathTextSchema, target: z.string() }))
        .optional()
        .describe('to programs, of a tree that was resolved from names'),
      rest: sha256Schema
        .optional()
        .describe('an archive of what no package has: folders, links to programs and packages, records of the manager'),
    }),
  ),
  packages: z.array(packageSchema).describe('the closure: used packages, and all they depend on'),
  node: z.array(packageReferenceSchema).describe('packages of other distributions that have the Node which ran'),
});

export type NpmLock = z.infer<typeof npmLockSchema>;
export type NpmPackage = NpmLock['packages'][number];
