import { z } from 'zod';
import { accountsSchema } from '../../model/lock-half.js';
import { databaseFolders } from './places.js';

/** What bootstrap needs beside the packages. */
export const rpmDetailsSchema = z.strictObject({
  /** Where the system keeps the database; of the known folders only, as rpm would expand macros in any other. */
  database: z.enum(databaseFolders),
  documentation: z.boolean(),
  accounts: accountsSchema,
});

export type RpmDetails = z.infer<typeof rpmDetailsSchema>;
