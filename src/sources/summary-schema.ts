import { z } from 'zod';
import { sha256Schema } from '../model/schemas.js';

const count = z.int().nonnegative();

/** What `reproman snapshot --json` prints. */
export const snapshotSummarySchema = z.strictObject({
  source: z.string(),
  entries: z.record(z.string(), count).describe('how many there are of each type; unknown where a list does not say'),
  bytes: z.number().nonnegative().describe('of all files, each with several names once'),
  unreadable: count,
  treeDigest: sha256Schema.optional().describe('only where all of it is known'),
  packages: z.record(z.string(), count).optional().describe('how many there are of each distribution'),
  owned: count.optional().describe('files of packages'),
  file: z.string().optional().describe('what was written'),
});
