import { z } from 'zod';
import type { FilePath } from '../../src/model/file-path.js';

/** It is the machine that is there. */
export const nativeParameters = z.strictObject({});

/** What is kept of a resource in the inventory: the folder with what was added. */
export const nativeDetailsSchema = z.object({ folder: z.string() });

const path = z.string().transform((text) => text as FilePath);

/** What was added to the machine, as it is taken down: paths are bytes in Latin-1. */
export const additionsSchema = z.strictObject({
  distribution: z.string(),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), architecture: z.string().optional() })),
  users: z.array(z.string()),
  groups: z.array(z.string()),
  entries: z.array(
    z.strictObject({
      path,
      type: z.enum(['file', 'directory', 'symlink', 'fifo', 'socket', 'block', 'character']),
      target: path.optional(),
      hash: z.string().optional(),
    }),
  ),
  commands: z.array(z.string()),
});

export type StoredAdditions = z.infer<typeof additionsSchema>;
