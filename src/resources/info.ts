import { ReproError, reasonOf } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import { showPath } from '../model/file-path.js';
import type { Resource } from '../model/resource.js';
import { type Inventory, openInventory, shownState } from './inventory.js';
import { kindOf, supportOf } from './kind.js';
import { type ListedResource, lookAt } from './list.js';
import { ownSpecSize, readOwnSpec } from './own-spec.js';

/** All that is known of a resource. What backends keep to connect again is theirs, and not told. */
export interface ResourceInfo extends ListedResource {
  readonly specDigest?: string;
  readonly planDigest: string;
  /** What is beside the environment only so that it can live there. */
  readonly support: readonly string[];
  /** Of the spec that it was made from: its base, and how many packages of which kind. */
  readonly base?: string;
  readonly packages?: Readonly<Record<string, number>>;
  /** How whatever runs in it runs. */
  readonly run: {
    readonly command?: readonly string[];
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly user: Resource['run']['user'];
  };
}

/** Tells of one resource; what cannot be known of it now is a problem, and the rest is told all the same. */
export async function resourceInfo(
  name: string,
  { host, inventory = openInventory() }: { readonly host: Machine; readonly inventory?: Inventory },
): Promise<ResourceInfo> {
  const resource = await inventory.find(name);
  const { backend, form, image, created, spec, specDigest, planDigest, treeDigest, environmentDigest, run } = resource;
  const state = await shownState(resource);
  const known = {
    ...{ name: resource.name, backend, state, created, spec, planDigest },
    ...(form && { form }),
    ...(image !== undefined && { image }),
    ...(specDigest && { specDigest }),
    ...(treeDigest && { treeDigest }),
    ...(environmentDigest && { environmentDigest }),
    support: supportOf(await kindOf(backend)),
    run: { ...run, cwd: showPath(run.cwd) },
  };
  if (state !== 'ready') return known;
  const problems: string[] = [];
  const ask = async <T extends object>(question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      problems.push(
        error instanceof ReproError && error.remedy ? `${reasonOf(error)} (${error.remedy})` : reasonOf(error),
      );
      return undefined;
    }
  };
  const told = { ...known, ...(await ask(() => specInfo(resource))), ...(await ask(() => lookAt(resource, host))) };
  return { ...told, ...(problems.length > 0 && { problem: problems.join('; ') }) };
}

async function specInfo(resource: Resource): Promise<Pick<ResourceInfo, 'base' | 'packages' | 'specSize'>> {
  const specSize = await ownSpecSize(resource);
  const { manifest, lock } = await readOwnSpec(resource);
  const { distribution, release, architecture } = manifest.base;
  const counts = (lock?.distributions ?? []).map(({ name, packages = [] }) => [name, packages.length] as const);
  return {
    specSize,
    base: [distribution, release, architecture].join(' '),
    packages: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  };
}
