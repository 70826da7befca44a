import { openStore } from '../../archives/store.js';
import { removeFromStore, storeEntries } from '../../archives/store-entries.js';
import { isSoundTree } from '../../archives/tree-entries.js';
import { openTreeCache } from '../../archives/trees.js';
import { exitCodes } from '../../cli/exit-codes.js';
import { StoreCommand } from '../../cli/store-command.js';
import type { Sha256 } from '../../hash.js';
import { cacheEntries, isSoundEntry } from '../../machines/caches.js';
import { stage } from '../../model/progress.js';

interface Verified {
  /** How many contents and systems that were built. */
  readonly checked: number;
  readonly damaged: readonly Sha256[];
  /** What was read of images and of this machine's files. */
  readonly caches: { readonly checked: number; readonly damaged: readonly string[] };
}

interface Item<T> {
  /** What it is called where it is damaged. */
  readonly name: T;
  readonly size: number;
  isSound(): Promise<boolean>;
}

/** `reproman store verify`. */
export class StoreVerify extends StoreCommand {
  static override readonly description =
    'hash all that the store holds again, and check that what was read of images and files is whole; what is damaged is removed, and fetched, built or read anew when it is next needed';
  static override readonly examples = ['<%= config.bin %> store verify', '<%= config.bin %> store verify --json'];

  async run(): Promise<Verified> {
    await this.parse(StoreVerify);
    const store = await openStore();
    const contents = (await storeEntries(store)).map(({ sha256, size }) => ({
      ...{ name: sha256, size },
      isSound: () => store.isSound(sha256),
    }));
    const trees = (await openTreeCache(store).entries()).map((tree) => ({
      ...{ name: tree.sha256, size: tree.size },
      isSound: () => isSoundTree(tree),
    }));
    const entries = [...contents, ...trees];
    const damaged = await this.damagedOf('verify the store', entries);
    await removeFromStore(store, new Set(damaged));
    const readings = (await cacheEntries()).map((entry) => ({
      ...{ name: entry.file, size: entry.size },
      isSound: () => isSoundEntry(entry),
    }));
    const unread = await this.damagedOf('verify what was read before', readings);
    for (const name of [...damaged, ...unread]) this.say(`${name} was damaged, and is removed`);
    this.say(`${entries.length - damaged.length} of ${entries.length} contents are what their names say.`);
    if (readings.length > 0)
      this.say(`${readings.length - unread.length} of ${readings.length} files of what was read before are whole.`);
    if (damaged.length + unread.length > 0) process.exitCode = exitCodes.differences;
    return { checked: entries.length, damaged, caches: { checked: readings.length, damaged: unread } };
  }

  /** Checks them one by one; gives the names of those that were removed. */
  private async damagedOf<T>(title: string, items: readonly Item<T>[]): Promise<T[]> {
    const total = items.reduce((sum, { size }) => sum + size, 0);
    const check = async (advance: (done: number) => void) => {
      const damaged: T[] = [];
      let done = 0;
      for (const { name, size, isSound } of items) {
        this.signal.throwIfAborted();
        if (!(await isSound())) damaged.push(name);
        done += size;
        advance(done);
      }
      return damaged;
    };
    return stage(this.progress, title, check, { total, unit: 'bytes' });
  }
}
