import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend, Marked } from '../../backends/backend.js';
import type { Outer } from '../../backends/outer.js';
import { type BackendName, backends, type OuterName, outers } from '../../backends/registry.js';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { chooseTreeMapping, removeTree } from '../machines/rootfs/index.js';
import type { Effect } from '../model/resource.js';
import { closestName } from '../spec/closest-name.js';
import type { Inventory } from './inventory.js';
import { inventoryMark } from './inventory-mark.js';

/** Something that was made for a resource, and stands in no inventory of ours. */
export interface Garbage {
  /** What has it: a backend or service; none of a folder beside the inventory. */
  readonly backend?: string;
  readonly kind: string;
  readonly id: string;
  /** Of the resource, when it was made. */
  readonly resource?: string;
  /** ISO 8601, where that is known. */
  readonly created?: string;
  /** It was made from another inventory than this: another user's maybe, or one that was lost. */
  readonly isForeign: boolean;
  readonly remove: () => Promise<void>;
}

export interface Searched {
  readonly garbage: readonly Garbage[];
  /** Where it could not be looked for, and why. */
  readonly problems: readonly { readonly backend: string; readonly problem: string }[];
}

export interface SearchOptions {
  /** This machine. */
  readonly here: Machine;
  readonly inventory: Inventory;
  /** Only what this one has. */
  readonly backend?: string | undefined;
  /** As the user said them with `-b` or by default, for each that is asked. */
  readonly parametersOf: (party: Backend | Outer) => Record<string, unknown>;
}

/** Looks for what carries our mark, and for folders of ours, of which no resource of the inventory knows. */
export async function findGarbage({ here, inventory, backend, parametersOf }: SearchOptions): Promise<Searched> {
  const found: (Marked & { readonly party: Backend | Outer })[] = [];
  const problems: { backend: string; problem: string }[] = [];
  for (const party of await partiesCalled(backend)) {
    try {
      const marked = await party.find?.(here, parametersOf(party));
      found.push(...(marked ?? []).map((each) => ({ ...each, party })));
    } catch (error) {
      if (backend !== undefined || !(error instanceof ReproError)) throw error;
      problems.push({ backend: party.name, problem: reasonOf(error) });
    }
  }
  const folders = backend === undefined ? await foldersOf(inventory) : [];
  // Whatever was there to be found was in the inventory before.
  const known = await effectsOf(inventory);
  const own = await inventoryMark(inventory.folder);
  const tokens = new Set(known.map(({ token }) => token));
  const ids = new Set(known.map(({ id }) => id));
  return {
    problems,
    garbage: [
      ...found
        .filter(({ effect }) => !tokens.has(effect.token))
        .map(({ effect, party, inventory: mark, resource, created }) => ({
          ...{ backend: party.name, kind: effect.kind, id: effect.id, resource, isForeign: mark !== own },
          ...(created !== undefined && { created }),
          remove: async () => party.undo?.(effect, here),
        })),
      ...folders
        .filter((folder) => !ids.has(folder))
        .map((id) => ({ kind: 'folder', id, isForeign: false, remove: () => removeFolder(id, here) })),
    ],
  };
}

/** Those that can find what is theirs. */
async function partiesCalled(name: string | undefined): Promise<readonly (Backend | Outer)[]> {
  const all = { ...backends, ...outers };
  const names = Object.keys(all) as (BackendName | OuterName)[];
  const wanted = name === undefined ? names : names.filter((each) => each === name);
  const parties: (Backend | Outer)[] = [];
  for (const each of wanted) parties.push(await all[each]());
  const finders = parties.filter(({ find }) => find !== undefined);
  if (name === undefined || finders.length > 0) return finders;
  const near = closestName(name, names);
  throw new ReproError('usage', `nothing that '${name}' has can be found by a mark`, {
    remedy:
      near && near !== name ? `did you mean '${near}'?` : 'leave out --backend for the folders beside the inventory',
  });
}

/** What lies beside the inventory for one resource each. */
async function foldersOf({ folder }: Inventory): Promise<string[]> {
  const found: string[] = [];
  for (const kind of ['trees', 'machines', 'specs', 'work']) {
    const place = join(folder, kind);
    const names = await readdir(place).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    found.push(...names.map((name) => join(place, name)));
  }
  return found;
}

/** All that resources have; what an entry has that cannot be read must not be taken for nobody's. */
export async function effectsOf(inventory: Inventory): Promise<readonly Effect[]> {
  const entries = await inventory.list();
  const broken = entries.find(({ resource }) => resource === undefined);
  if (!broken) return entries.flatMap(({ resource }) => resource?.effects ?? []);
  throw new ReproError('usage', `what belongs to '${broken.name}' is not known: ${broken.problem}`, {
    where: join(inventory.folder, 'resources', `${broken.name}.json`),
    remedy: 'mend that file, or remove it: then what was made for it is found here',
  });
}

async function removeFolder(folder: string, here: Machine): Promise<void> {
  await removeTree(folder, await chooseTreeMapping(here), here);
}
