import { Flags } from '@oclif/core';
import { openStore } from '../../archives/store.js';
import { removeFromStore } from '../../archives/store-entries.js';
import { BaseCommand } from '../../cli/base-command.js';
import { confirm } from '../../cli/confirm.js';
import { readDuration } from '../../cli/flags.js';
import { ReproError } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import { showBytes } from '../../model/sizes.js';
import { listStore } from '../../resources/store-uses.js';

interface Pruned {
  readonly removed: readonly Sha256[];
  /** Bytes. */
  readonly size: number;
  readonly dryRun: boolean;
}

/** `reproman store prune`. */
export class StorePrune extends BaseCommand {
  static override readonly description =
    'remove fetched packages that no resource uses; a build that needs one fetches it again';
  static override readonly examples = [
    '<%= config.bin %> store prune',
    '<%= config.bin %> store prune --older-than 30d --yes',
    '<%= config.bin %> store prune --all --dry-run',
  ];
  static override readonly flags = {
    all: Flags.boolean({ description: 'what resources use too; they themselves stay as they are' }),
    'dry-run': Flags.boolean({ description: 'say what would go, and remove nothing' }),
    'older-than': Flags.string({ description: 'only what no build took for so long', helpValue: '30d|12h|8w' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  async run(): Promise<Pruned> {
    const { flags } = await this.parse(StorePrune);
    const age = flags['older-than'] === undefined ? undefined : readDuration(flags['older-than']);
    const store = await openStore();
    const { contents, problems } = await listStore(store);
    const [problem] = problems;
    if (problem !== undefined && !flags.all) {
      const remedy = 'remove that resource, or prune with --all, which only costs fetching again';
      throw new ReproError('not-ready', problem, { remedy });
    }
    const before = age === undefined ? Number.POSITIVE_INFINITY : Date.now() - age * 1000;
    const old = contents.filter(({ lastUsed }) => lastUsed.getTime() < before);
    const removable = old.filter(({ resources }) => flags.all || resources.length === 0);
    const size = removable.reduce((sum, entry) => sum + entry.size, 0);
    const hashes = new Set(removable.map(({ sha256 }) => sha256));
    const what = `${hashes.size} of ${contents.length} contents, ${showBytes(size)}`;
    const dryRun = flags['dry-run'];
    if (hashes.size > 0 && !dryRun) {
      if (!flags.yes) await confirm(`Remove ${what}?`);
      await removeFromStore(store, hashes);
    }
    this.say(dryRun ? `would remove ${what}` : `removed ${what}`);
    return { removed: [...hashes], size, dryRun };
  }
}
