import { join } from 'node:path';
import type { Naming, Renamed } from '../backend.js';
import { renameOwnFolder } from '../own-folder.js';
import { rootfsDetailsSchema } from './parameters.js';

/** The folder that is called after the resource; one that the user chose stays where it is. */
export const naming: Naming = {
  renamed({ details: stored, effects }, from, to): Renamed {
    const details = rootfsDetailsSchema.parse(stored);
    if (details.folder !== from.folder) return { details, effects: [] };
    return {
      details: { ...details, folder: to.folder, tree: join(to.folder, 'tree') },
      effects: effects
        .filter(({ kind, id }) => kind === 'tree' && id === from.folder)
        .map((effect) => [effect, { ...effect, id: to.folder }] as const),
    };
  },
  rename: renameOwnFolder,
};
