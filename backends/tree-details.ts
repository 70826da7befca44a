import { join } from 'node:path';
import { z } from 'zod';
import { idMappingSchema, overlaySchema, type RootfsImage } from '../src/machines/rootfs/index.js';
import type { Effect, Resource } from '../src/model/resource.js';
import type { Naming, Renamed } from './backend.js';
import { renameOwnFolder } from './own-folder.js';

/** What a user may say with `-b key=value` of a resource that is a folder with a tree in it. */
export const treeParameters = z.strictObject({
  folder: z.string().min(1).optional().describe('where to put it (default: a folder of reproman beside its inventory)'),
});

export type TreeParameters = z.infer<typeof treeParameters>;

/** What is kept of such a resource in the inventory. */
export const treeDetailsSchema = z.object({
  folder: z.string(),
  tree: z.string(),
  mapping: idMappingSchema,
  /** The tree is to be one file, and is that once it is packed. */
  image: z.object({ overlay: overlaySchema, isPacked: z.boolean() }).optional(),
});

export type TreeDetails = z.infer<typeof treeDetailsSchema>;

export function detailsOf(resource: Resource): TreeDetails {
  return treeDetailsSchema.parse(resource.details);
}

/** The file that a resource's tree is; undefined while it is a folder. */
export function imageOf({ folder, image }: TreeDetails): RootfsImage | undefined {
  return image?.isPacked ? { folder, overlay: image.overlay } : undefined;
}

/** The folder that is called after the resource; one that the user chose stays where it is. */
export const treeNaming: Naming = {
  renamed({ details: stored, effects }, from, to): Renamed {
    const details = treeDetailsSchema.parse(stored);
    if (details.folder !== from.folder) return { details: stored, effects: [] };
    return {
      details: { ...stored, folder: to.folder, tree: treeIn(to.folder) },
      effects: effects
        .filter(({ kind, id }) => kind === 'tree' && id === from.folder)
        .map((effect) => [effect, { ...effect, id: to.folder }] as const),
    };
  },
  rename: renameOwnFolder,
};

/** The tree in the folder that an effect says. */
export function treeOfEffect({ kind, id }: Effect): string | undefined {
  return kind === 'tree' ? treeIn(id) : undefined;
}

/** Where the tree lies in a resource's folder. */
export function treeIn(folder: string): string {
  return join(folder, 'tree');
}
