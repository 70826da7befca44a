import { z } from 'zod';
import { pathTextSchema } from './schemas.js';

/** Lines of passwd and group, without their password fields. */
export const accountsSchema = z.strictObject({
  users: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.int(),
      gid: z.int(),
      gecos: z.string(),
      home: z.string(),
      shell: z.string(),
    }),
  ),
  groups: z.array(z.strictObject({ name: z.string(), gid: z.int(), members: z.array(z.string()) })),
});

export type Accounts = z.infer<typeof accountsSchema>;

/** How sure it is that what an archive has is what was installed. */
export const certaintySchema = z.enum(['verified', 'indexed', 'version-only', 'repacked', 'unknown']);

/** A package of another distribution, in a lock: as `PackageRef`. */
export const packageReferenceSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  at: pathTextSchema.optional(),
});

/** Of a package in a lock: what it cannot do without. */
export const needsSchema = z
  .array(z.string())
  .optional()
  .describe('packages of this distribution: at the same place as name or name:architecture, at another by that place');

/**
 * What the lock of every distribution has, whatever else it has: enough to count packages, to show what moved between
 * two locks, and to know which accounts the environment needs. Each distribution's own schema checks the rest.
 */
export const lockHalfSchema = z.looseObject({
  name: z.string(),
  architecture: z.string().optional().describe('of packages that say none, or the usual one'),
  packages: z
    .array(
      z.looseObject({
        name: z.string(),
        version: z.string(),
        architecture: z.string().optional(),
        at: z.string().optional().describe('the place that it is installed at, where it may be at several'),
        used: z.boolean().optional(),
        certainty: z.string().optional(),
        problems: z.array(z.string()).optional(),
        needs: needsSchema,
      }),
    )
    .optional(),
  accounts: accountsSchema.optional(),
});

export type LockHalf = z.infer<typeof lockHalfSchema>;
