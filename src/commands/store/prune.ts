import { Flags } from '@oclif/core';
import { openStore } from '../../archives/store.js';
import { removeFromStore } from '../../archives/store-entries.js';
import { openTreeCache } from '../../archives/trees.js';
import { confirm } from '../../cli/confirm.js';
import { readDuration } from '../../cli/flags.js';
import { StoreCommand } from '../../cli/store-command.js';
import { ReproError } from '../../errors.js';
import type { Sha256 } from '../../hash.js';
import { cacheEntries } from '../../machines/caches.js';
import { removeKept } from '../../machines/kept-files.js';
import { showBytes } from '../../model/sizes.js';
import { listStore } from '../../resources/store-uses.js';

interface Pruned {
  readonly removed: readonly Sha256[];
  /** What the systems that went were built from. */
  readonly trees: readonly Sha256[];
  /** The files that went of what was read of images and of this machine's files. */
  readonly caches: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly dryRun: boolean;
}

/** `reproman store prune`. */
export class StorePrune extends StoreCommand {
  static override readonly description =
    'remove fetched packages that no resource uses, systems that were built, and what was read of images and files; whoever needs one gets it again';
  static override readonly examples = [
    '<%= config.bin %> store prune',
    '<%= config.bin %> store prune --older-than 30d --yes',
    '<%= config.bin %> store prune --all --dry-run',
  ];
  static override readonly flags = {
    all: Flags.boolean({ description: 'what resources use too; they themselves stay as they are' }),
    'dry-run': Flags.boolean({ description: 'say what would go, and remove nothing' }),
    'older-than': Flags.string({ description: 'only what was not used for so long', helpValue: '30d|12h|8w' }),
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
    const isOld = ({ lastUsed }: { readonly lastUsed: Date }) => lastUsed.getTime() < before;
    const removable = contents.filter(isOld).filter(({ resources }) => flags.all || resources.length === 0);
    // A resource is a copy of the tree that it was made from, and needs it no more.
    const allTrees = await openTreeCache(store).entries();
    const trees = allTrees.filter(isOld);
    const allCaches = await cacheEntries();
    const caches = allCaches.filter(isOld);
    const size = [...removable, ...trees, ...caches].reduce((sum, entry) => sum + entry.size, 0);
    const hashes = new Set(removable.map(({ sha256 }) => sha256));
    const counts = `${hashes.size} of ${contents.length} contents, ${trees.length} of ${allTrees.length} built systems`;
    const what = `${counts}, ${caches.length} of ${allCaches.length} files of what was read before, ${showBytes(size)}`;
    const dryRun = flags['dry-run'];
    if (hashes.size + trees.length + caches.length > 0 && !dryRun) {
      if (!flags.yes) await confirm(`Remove ${what}?`);
      await removeFromStore(store, hashes);
      await removeKept([...trees, ...caches]);
    }
    this.say(dryRun ? `would remove ${what}` : `removed ${what}`);
    return {
      removed: [...hashes],
      trees: trees.map(({ key }) => key),
      caches: caches.map(({ file }) => file),
      size,
      dryRun,
    };
  }
}
