import { z } from 'zod';
import { accountsSchema } from '../../model/lock-half.js';
import { databaseFolders } from './database.js';

/** What bootstrap needs beside the packages. */
export const apkDetailsSchema = z.strictObject({
  /** Where the system keeps the database. */
  folder: z.enum(databaseFolders),
  links: z.array(z.strictObject({ path: z.string(), target: z.string() })),
  accounts: accountsSchema,
  layout: z.enum(['merged-usr', 'split-usr']),
});

export type ApkDetails = z.infer<typeof apkDetailsSchema>;
