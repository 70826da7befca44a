import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Listing } from '../../../src/archives/git/checkout.js';
import { openStore } from '../../../src/archives/store.js';
import { git } from '../../../src/distributions/git/index.js';
import { gitLockSchema, type LockedRepository } from '../../../src/distributions/git/schema.js';
import { identify } from '../../../src/identification/identify.js';
import { localMachine } from '../../../src/machines/local.js';
import type { Machine } from '../../../src/machines/machine.js';
import { type FilePath, joinPath } from '../../../src/model/file-path.js';
import type { Owner } from '../../../src/model/owner.js';
import { silent } from '../../../src/model/progress.js';
import { access } from '../../capture/fixture-root.js';
import type { GitFolder } from './repositories.js';

/** What the module says of paths below a folder, and writes of them into a lock. */
export async function identified(
  { path }: GitFolder,
  used: readonly string[],
  options: {
    readonly machine?: Machine;
    readonly repack?: 'missing' | 'all' | 'none';
    readonly mayCarry?: (path: FilePath) => boolean;
    readonly isNew?: (path: FilePath) => boolean;
  } = {},
) {
  const machine = options.machine ?? (await localMachine());
  const accesses = used.map((name) => ({ ...access('/', 'read'), path: joinPath(path, name) }));
  const { mayCarry } = options;
  const identification = await identify(machine, accesses, { modules: [git], ...(mayCarry ? { mayCarry } : {}) });
  const contents = await openStore(join(path, 'store'));
  const [finished] = await identification.finish({
    machine,
    contents,
    repack: options.repack ?? 'missing',
    progress: silent,
    ...(options.isNew ? { isNew: options.isNew } : {}),
  });
  const lock = gitLockSchema.parse(finished?.lock ?? { name: 'git', packages: [] });
  return {
    contents,
    lock,
    notes: [...identification.problems, ...(finished?.notes ?? [])],
    manifest: finished && git.manifestSchema.parse(finished.manifest),
    repository: (name: string): LockedRepository | undefined =>
      lock.packages.find(({ at }) => at === `${path}/${name}`),
    owner: (name: string): Owner | undefined => identification.owners.get(joinPath(path, name)),
    listing: async ({ checkout }: Pick<LockedRepository, 'checkout'>): Promise<Listing> =>
      (await json(contents.open(checkout?.listing ?? ''))) as Listing,
  };
}
