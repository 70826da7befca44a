import { knownBy, notedStandIn } from '../archives/stand-ins.js';
import type { ContentFolder } from '../archives/store.js';
import { type StoreEntry, storeEntries } from '../archives/store-entries.js';
import { reasonOf } from '../errors.js';
import type { Sha256 } from '../hash.js';
import { plannedPackages } from '../planning/plan.js';
import { type Inventory, openInventory } from './inventory.js';
import { readOwnSpec } from './own-spec.js';

/** One row of `reproman store ls`. */
export interface StoredContent extends StoreEntry {
  /** The packages that it is, as resources name them. */
  readonly packages: readonly string[];
  /** The resources that were made with it. */
  readonly resources: readonly string[];
}

export interface StoreListing {
  readonly contents: readonly StoredContent[];
  /** Resources of which it is not known what they use, each with why. */
  readonly problems: readonly string[];
}

/** What a store holds, and which resources use it. */
export async function listStore(store: ContentFolder, inventory: Inventory = openInventory()): Promise<StoreListing> {
  const uses = new Map<Sha256, { packages: Set<string>; resources: Set<string> }>();
  const problems: string[] = [];
  for (const { name, resource, problem } of await inventory.list()) {
    try {
      if (!resource) throw new Error(problem);
      const spec = await readOwnSpec(resource);
      if (!spec.lock) continue;
      for (const planned of await plannedPackages(spec, spec.lock)) {
        const { digest } = planned.artifact;
        const known = digest && (await store.known(digest));
        const instead = await notedStandIn(planned, store);
        const brought = spec.standIns.get(knownBy(planned) ?? '');
        for (const sha256 of new Set([known ?? [], instead?.sha256 ?? [], brought?.sha256 ?? []].flat())) {
          const use = uses.get(sha256) ?? { packages: new Set(), resources: new Set() };
          uses.set(sha256, use);
          use.packages.add(`${planned.name} ${planned.version}`);
          use.resources.add(name);
        }
      }
    } catch (error) {
      problems.push(`what '${name}' uses is not known: ${reasonOf(error)}`);
    }
  }
  const contents = (await storeEntries(store)).map((entry) => {
    const use = uses.get(entry.sha256);
    return { ...entry, packages: [...(use?.packages ?? [])], resources: [...(use?.resources ?? [])] };
  });
  return { contents, problems };
}
