import { z } from 'zod';
import { debianLockSchema } from './schema.js';

/** What the bootstrap of a Debian system needs beside the artifacts: `BootstrapPlan.details`. */
export const debianDetailsSchema = z.strictObject({
  /** The suite's name in the local archive. */
  suite: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  layout: z.enum(['merged-usr', 'split-usr']),
  foreignArchitectures: debianLockSchema.shape.foreignArchitectures,
  /** The control fields of each package, in the plan's order. */
  control: z.array(z.record(z.string(), z.string())),
  accounts: debianLockSchema.shape.accounts,
  /** Lines of /etc/apt/sources.list. */
  sources: z.array(z.string().regex(/^[^\n\r]*$/)),
});

export type DebianDetails = z.infer<typeof debianDetailsSchema>;
