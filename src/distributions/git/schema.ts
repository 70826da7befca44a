import { z } from 'zod';
import { modeSchema, pathTextSchema, sha256Schema } from '../../model/schemas.js';

const commitSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'the whole id of a commit');

export const gitManifestSchema = z
  .strictObject({
    name: z.literal('git'),
    repositories: z.array(
      z.strictObject({
        path: pathTextSchema.describe('the root of the working tree'),
        commit: commitSchema
          .optional()
          .describe('zeros where nothing was committed yet; absent: what ref says, in a spec that is written by hand'),
        ref: z
          .string()
          .regex(/^[^-\s][^\s]*$/, 'a branch, a tag or a commit')
          .optional()
          .describe('a branch, a tag or a commit of the url; default: what the url has checked out'),
        branch: z.string().optional(),
        url: z
          .string()
          .regex(/^[^-]/, 'an address of git')
          .optional()
          .describe('of the remote that has the commit, else of the first one'),
        changed: z.int().positive().optional().describe('how many tracked files are not as in the commit'),
        dataset: z.string().optional().describe('the id of a DataLad dataset'),
      }),
    ),
  })
  .describe('working trees of git, git-annex and DataLad');

export type GitManifest = z.infer<typeof gitManifestSchema>;

const placed = {
  path: pathTextSchema,
  mode: modeSchema,
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  mtime: z.int(),
};

const folderSchema = z.strictObject(placed);
const fileSchema = z.strictObject({ ...placed, sha256: sha256Schema });

const remoteSchema = z.strictObject({
  name: z.string(),
  url: z.string().describe('without user and password'),
  hasCommit: z.boolean().optional().describe('by what was last fetched from it; absent where that cannot be told'),
});

const contentSchema = z.strictObject({
  ...placed,
  sha256: sha256Schema,
  size: z.int().nonnegative(),
  file: z.string().describe('the tracked file that stands for it, from the root of the working tree'),
  key: z.string().optional().describe('of git-annex'),
  urls: z.array(z.string()),
  places: z.array(z.string()).optional().describe('other repositories of git-annex that have it'),
  carried: z.literal(true).optional().describe('without it and without urls it is an input of the run'),
});

const repositorySchema = z.strictObject({
  name: z.string(),
  version: commitSchema.describe('the commit; zeros where nothing was committed yet'),
  at: pathTextSchema.describe('the root of the working tree'),
  used: z.literal(true),
  certainty: z
    .enum(['verified', 'repacked', 'unknown'])
    .describe('verified: a remote has the commit, and the files are those of it; repacked: they are carried'),
  algorithm: z.enum(['sha1', 'sha256']),
  branch: z.string().optional(),
  tags: z.array(z.string()).optional().describe('names of the commit'),
  remotes: z.array(remoteSchema),
  shallow: z.literal(true).optional(),
  index: z.literal(true).optional().describe('a run used the index: git looked for changes'),
  bare: z.literal(true).optional(),
  checkout: z
    .strictObject({
      sha256: sha256Schema.describe('of the tar of the files that are as in the commit'),
      size: z.int(),
      listing: sha256Schema.describe('of the list, among the contents, by which the tar is made of the commit'),
      files: z.int(),
      only: z.literal('used').optional().describe('only the files that the runs used; else all that are tracked'),
      carried: z.literal(true).optional().describe('the tar itself is among the contents'),
    })
    .optional(),
  folders: z.array(folderSchema).describe('above and beside what the tar holds'),
  changed: z
    .array(z.string())
    .describe('tracked files that are not as in the commit, from the root of the working tree'),
  edited: z.array(fileSchema).describe('those of them that no run used, with their content'),
  contents: z.array(contentSchema).describe('what git-annex or git-lfs keeps outside of commits, and the runs used'),
  annex: z.string().optional().describe('the uuid by which git-annex knows it'),
  dataset: z.string().optional().describe('the id of a DataLad dataset'),
  problems: z.array(z.string()).optional(),
});

/** Whether create puts a content in place. */
export function isPlaced({ carried, urls }: LockedContent): boolean {
  return carried === true || urls.length > 0;
}

export const gitLockSchema = z.strictObject({ name: z.literal('git'), packages: z.array(repositorySchema) });

export type GitLock = z.infer<typeof gitLockSchema>;
export type LockedRepository = z.infer<typeof repositorySchema>;
export type LockedContent = z.infer<typeof contentSchema>;
export type Placed = z.infer<typeof folderSchema>;
