import { openStore } from '../../archives/store.js';
import type { TreeEntry } from '../../archives/tree-entries.js';
import { openTreeCache } from '../../archives/trees.js';
import { StoreCommand } from '../../cli/store-command.js';
import { type Column, renderTable } from '../../cli/table.js';
import { type CacheEntry, cacheEntries } from '../../machines/caches.js';
import { showBytes } from '../../model/sizes.js';
import { listStore, type StoredContent, type StoreListing } from '../../resources/store-uses.js';
import { cacheFolder } from '../../scratch.js';

const columns: readonly Column<StoredContent>[] = [
  { title: 'SHA-256', value: ({ sha256 }) => sha256.slice(0, 12) },
  { title: 'SIZE', align: 'right', value: ({ size }) => showBytes(size) },
  { title: 'LAST USED', value: ({ lastUsed }) => lastUsed.toISOString().slice(0, 10) },
  { title: 'PACKAGE', value: ({ packages }) => packages.join(', ') },
  { title: 'USED BY', value: ({ resources }) => resources.join(', ') },
];

const treeColumns: readonly Column<TreeEntry>[] = [
  { title: 'SYSTEM', value: ({ layer }) => layer },
  { title: 'BUILT FROM', value: ({ key }) => key.slice(0, 12) },
  { title: 'SIZE', align: 'right', value: ({ size }) => showBytes(size) },
  { title: 'LAST USED', value: ({ lastUsed }) => lastUsed.toISOString().slice(0, 10) },
];

interface Listed extends StoreListing {
  readonly folder: string;
  readonly trees: readonly TreeEntry[];
  /** They lie in the cache wherever the store is. */
  readonly caches: readonly CacheEntry[];
}

/** What is kept of one kind. */
interface CacheRow extends Pick<CacheEntry, 'kind' | 'size' | 'lastUsed'> {
  readonly files: number;
}

const cacheColumns: readonly Column<CacheRow>[] = [
  { title: 'READ BEFORE', value: ({ kind }) => readings[kind] },
  { title: 'FILES', align: 'right', value: ({ files }) => String(files) },
  { title: 'SIZE', align: 'right', value: ({ size }) => showBytes(size) },
  { title: 'LAST USED', value: ({ lastUsed }) => lastUsed.toISOString().slice(0, 10) },
];

const readings: Readonly<Record<CacheEntry['kind'], string>> = {
  layers: 'layers of images',
  configurations: 'configurations of images',
  packages: 'packages of images',
  hashes: 'hashes of files',
};

/** `reproman store ls`. */
export class StoreLs extends StoreCommand {
  static override readonly description =
    'list the packages that were fetched, with the resources that use them, the systems that were built, and what was read of images and files, with sizes';
  static override readonly examples = [
    '<%= config.bin %> store ls',
    "<%= config.bin %> store ls --json | jq '[.contents[].size] | add'",
  ];

  async run(): Promise<Listed> {
    await this.parse(StoreLs);
    const store = await openStore();
    const listing = await listStore(store);
    const { contents, problems } = listing;
    for (const problem of problems) this.tell(problem);
    const bySize = contents.toSorted((a, b) => b.size - a.size);
    if (bySize.length > 0) this.say(renderTable(columns, bySize));
    const trees = await openTreeCache(store).entries();
    if (trees.length > 0) this.say(renderTable(treeColumns, trees.toReversed()));
    const caches = await cacheEntries();
    if (caches.length > 0) this.say(renderTable(cacheColumns, rowsOf(caches)));
    const counts = `${countOf(contents, 'contents')}; ${countOf(trees, 'systems that were built')}`;
    this.tell(`${counts}; in ${store.folder}`);
    if (caches.length > 0) this.tell(`${countOf(caches, 'files of what was read before')}; in ${cacheFolder()}`);
    return { folder: store.folder, ...listing, trees, caches };
  }
}

function rowsOf(entries: readonly CacheEntry[]): CacheRow[] {
  const rows = new Map<CacheEntry['kind'], CacheRow>();
  // Those that were used last come last.
  for (const { kind, size, lastUsed } of entries) {
    const { files = 0, size: before = 0 } = rows.get(kind) ?? {};
    rows.set(kind, { kind, files: files + 1, size: before + size, lastUsed });
  }
  return [...rows.values()].sort((a, b) => b.size - a.size);
}

function countOf(entries: readonly { readonly size: number }[], what: string): string {
  return `${entries.length} ${what}, ${showBytes(entries.reduce((sum, { size }) => sum + size, 0))}`;
}
