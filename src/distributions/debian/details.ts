import { z } from 'zod';
import { debianLockSchema, unfinishedSchema } from './schema.js';

/** What the bootstrap of a Debian system needs beside the artifacts: `BootstrapPlan.details`. */
export const debianDetailsSchema = z.strictObject({
  /** The suite's name in the local archive. */
  suite: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  layout: z.enum(['merged-usr', 'split-usr']),
  foreignArchitectures: debianLockSchema.shape.foreignArchitectures,
  /** The control fields of each package, in the plan's order. */
  control: z.array(z.record(z.string(), z.string())),
  /** What is left as the origin had it: unpacked, and not or not wholly configured. */
  unfinished: z
    .array(z.strictObject({ name: z.string(), architecture: z.string(), state: unfinishedSchema }))
    .optional(),
  accounts: debianLockSchema.shape.accounts,
  /** Lines of /etc/apt/sources.list. */
  sources: z.array(z.string().regex(/^[^\n\r]*$/)),
});

export type DebianDetails = z.infer<typeof debianDetailsSchema>;
