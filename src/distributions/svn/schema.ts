import { z } from 'zod';
import { pathTextSchema, sha256Schema } from '../../model/schemas.js';

const revisionSchema = z.string().regex(/^\d+(?::\d+)?$/, 'a revision, or the oldest and the newest as 3:5');

export const svnManifestSchema = z
  .strictObject({
    name: z.literal('svn'),
    workingCopies: z.array(
      z.strictObject({
        path: pathTextSchema,
        url: z.string(),
        revision: revisionSchema,
        changed: z.int().positive().optional().describe('how many files are not as in that revision'),
      }),
    ),
  })
  .describe('working copies of Subversion');

export type SvnManifest = z.infer<typeof svnManifestSchema>;

const workingCopySchema = z.strictObject({
  name: z.string(),
  version: revisionSchema,
  at: pathTextSchema,
  used: z.literal(true),
  certainty: z.enum(['repacked', 'unknown']),
  url: z.string().describe('without user and password'),
  uuid: z.string().describe('of the repository'),
  files: z.int().nonnegative(),
  only: z.literal('used').optional().describe('only the files that the runs used; else all that are versioned'),
  changed: z.array(z.string()).describe('files that are not as in the revision, from the root of the working copy'),
  content: sha256Schema.optional().describe('the files as they were, as a tar among the contents'),
  size: z.int().nonnegative().optional(),
  problems: z.array(z.string()).optional(),
});

export const svnLockSchema = z.strictObject({ name: z.literal('svn'), packages: z.array(workingCopySchema) });

export type SvnLock = z.infer<typeof svnLockSchema>;
export type LockedWorkingCopy = z.infer<typeof workingCopySchema>;
