import { z } from 'zod';
import { needsSchema } from '../../model/lock-half.js';
import { pathTextSchema, sha256Schema } from '../../model/schemas.js';

/** The manifest's half of a distribution whose packages are folders. */
export function prefixManifestSchema<Name extends string>(name: Name, title: string) {
  return z
    .strictObject({
      name: z.literal(name),
      packages: z
        .array(z.strictObject({ name: z.string(), version: z.string(), path: pathTextSchema }))
        .describe('the packages that the runs used, and the folders that they are'),
    })
    .describe(title);
}

export type PrefixManifest = z.infer<ReturnType<typeof prefixManifestSchema>>;

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  at: pathTextSchema.describe('its folder'),
  used: z.boolean().describe('touched by a run; otherwise only needed by one that was'),
  needs: needsSchema,
  details: z
    .record(z.string(), z.string())
    .optional()
    .describe('what tells this build from others of the same version'),
  certainty: z.enum(['repacked', 'unknown']),
  content: sha256Schema.optional().describe('the installed files as a tar among the contents'),
  size: z.int().nonnegative().optional(),
  problems: z.array(z.string()).optional(),
});

/** The lock's half. */
export function prefixLockSchema<Name extends string>(name: Name) {
  return z.strictObject({
    name: z.literal(name),
    packages: z.array(packageSchema).describe('the closure: used packages, and all they need as their records say'),
  });
}

export type PrefixLock = z.infer<ReturnType<typeof prefixLockSchema>>;
export type LockedPrefix = PrefixLock['packages'][number];
