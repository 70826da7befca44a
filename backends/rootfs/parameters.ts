import { z } from 'zod';
import { idMappingSchema } from '../../src/machines/rootfs.js';

/** What a user may say with `-b key=value`. */
export const rootfsParameters = z.strictObject({
  folder: z.string().min(1).optional().describe('where to put it (default: a folder of reproman beside its inventory)'),
});

export type RootfsParameters = z.infer<typeof rootfsParameters>;

/** What is kept of a resource in the inventory. */
export const rootfsDetailsSchema = z.object({ folder: z.string(), tree: z.string(), mapping: idMappingSchema });

export type RootfsDetails = z.infer<typeof rootfsDetailsSchema>;
