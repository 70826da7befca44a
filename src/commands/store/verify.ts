import { openStore } from '../../archives/store.js';
import { storeEntries } from '../../archives/store-entries.js';
import { isSoundTree } from '../../archives/tree-entries.js';
import { openTreeCache } from '../../archives/trees.js';
import { exitCodes } from '../../cli/exit-codes.js';
import { StoreCommand } from '../../cli/store-command.js';
import type { Sha256 } from '../../hash.js';
import { stage } from '../../model/progress.js';

/** `reproman store verify`. */
export class StoreVerify extends StoreCommand {
  static override readonly description =
    'hash all that the store holds again; what is damaged is removed, and fetched or built anew when it is next needed';
  static override readonly examples = ['<%= config.bin %> store verify', '<%= config.bin %> store verify --json'];

  async run(): Promise<{ readonly checked: number; readonly damaged: readonly Sha256[] }> {
    await this.parse(StoreVerify);
    const store = await openStore();
    const contents = (await storeEntries(store)).map(({ sha256, size }) => ({
      ...{ sha256, size },
      isSound: () => store.isSound(sha256),
    }));
    const trees = (await openTreeCache(store).entries()).map((tree) => ({
      ...tree,
      isSound: () => isSoundTree(tree),
    }));
    const entries = [...contents, ...trees];
    const total = entries.reduce((sum, { size }) => sum + size, 0);
    const check = async (advance: (done: number) => void) => {
      const damaged: Sha256[] = [];
      let done = 0;
      for (const { sha256, size, isSound } of entries) {
        this.signal.throwIfAborted();
        if (!(await isSound())) damaged.push(sha256);
        done += size;
        advance(done);
      }
      return damaged;
    };
    const damaged = await stage(this.progress, 'verify the store', check, { total, unit: 'bytes' });
    for (const hash of damaged) this.say(`${hash} was damaged, and is removed`);
    this.say(`${entries.length - damaged.length} of ${entries.length} contents are what their names say.`);
    if (damaged.length > 0) process.exitCode = exitCodes.differences;
    return { checked: entries.length, damaged };
  }
}
