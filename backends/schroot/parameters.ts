import { z } from 'zod';
import { treeDetailsSchema, treeParameters } from '../tree-details.js';

/** What a user may say with `-b key=value`. */
export const schrootParameters = treeParameters.extend({
  users: z
    .string()
    .regex(/^[a-z_][\w.-]*(,[a-z_][\w.-]*)*$/i, 'names of users, with commas between them')
    .optional()
    .describe('who may use it beside root, with schroot: NAME,... (default: nobody)'),
});

export type SchrootParameters = typeof schrootParameters;

/** What is kept of a resource in the inventory. */
export const schrootDetailsSchema = treeDetailsSchema.extend({
  /** What schroot calls it. */
  chroot: z.string(),
});
