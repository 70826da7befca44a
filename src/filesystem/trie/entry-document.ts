import { z } from 'zod';
import { showMode } from '../../model/file-entry.js';
import { showPath } from '../../model/file-path.js';
import { modeSchema, sha256Schema } from '../../model/schemas.js';
import type { PartialEntry } from './values.js';

const count = z.int().nonnegative();

/** What is known of an entry. */
export const entrySchema = z.strictObject({
  type: z.string().optional(),
  mode: modeSchema.optional(),
  uid: count.optional(),
  gid: count.optional(),
  size: z.number().nonnegative().optional(),
  mtime: z.number().optional(),
  target: z.string().optional(),
  hash: sha256Schema.optional(),
  package: z.string().optional(),
  attributes: z.string().optional(),
});

/** What is known of an entry as data, wherever it is. */
export function entryDocument(entry: Omit<PartialEntry, 'path'>): z.infer<typeof entrySchema> {
  const { mode, target, sameAs: _sameAs, unreadable: _unreadable, ...rest } = entry;
  return {
    ...rest,
    ...(mode !== undefined && { mode: showMode(mode) }),
    ...(target !== undefined && { target: showPath(target) }),
  };
}
