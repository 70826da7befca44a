import { reasonOf } from '../errors.js';
import type { Plan } from '../model/plan.js';
import { silent } from '../model/progress.js';
import { currentProcess } from '../process-identity.js';
import type { CreateOptions } from './create.js';
import { type Inventory, shownState } from './inventory.js';
import { sweepLeftovers } from './leftovers.js';
import { release, removeResource, undoAll } from './remove.js';

interface Claim {
  readonly plan: Plan;
  /** Its name in full. */
  readonly backend: string;
}

/** Puts the new resource into the inventory; one that a dead process left is removed first. */
export async function claimName(options: CreateOptions, { plan, backend }: Claim, inventory: Inventory): Promise<void> {
  const { spec, source = spec.file, lock, name, host, meanwhile, imageOnly, from } = options;
  await sweepLeftovers(name, host, inventory);
  const present = await inventory.get(name);
  if (present && (await shownState(present)) === 'broken') await removeResource(name, { host, inventory });
  const [run] = spec.manifest.runs;
  await inventory.add({
    name,
    backend,
    state: 'creating',
    created: new Date().toISOString(),
    process: await currentProcess(),
    ...(meanwhile && { meanwhile }),
    ...(imageOnly && { form: 'image' }),
    ...from?.inherited,
    effects: [],
    details: {},
    spec: source,
    specDigest: lock.manifest,
    planDigest: plan.digest,
    run: {
      ...(run && { command: run.command }),
      cwd: plan.cwd,
      environment: plan.environment,
      user: plan.user,
    },
  });
}

/** Undoes an unfinished create; where even that fails, the resource stays in the inventory, shown as broken. */
export async function cleanUp(name: string, options: CreateOptions, inventory: Inventory): Promise<void> {
  const present = await inventory.get(name);
  if (present?.state !== 'creating') return;
  const { keepOnFailure = false, host, progress = silent } = options;
  let why = '';
  if (!keepOnFailure) {
    try {
      await undoAll(present, host, inventory);
      return await inventory.remove(name);
    } catch (error) {
      why = `: ${reasonOf(error)}`;
    }
  }
  await release(name, inventory);
  progress({ kind: 'note', message: `'${name}' is left as it is${why}; remove it with: reproman delete ${name}` });
}
