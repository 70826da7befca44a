import { openStore } from '../../archives/store.js';
import type { TreeEntry } from '../../archives/tree-entries.js';
import { openTreeCache } from '../../archives/trees.js';
import { StoreCommand } from '../../cli/store-command.js';
import { type Column, renderTable } from '../../cli/table.js';
import { showBytes } from '../../model/sizes.js';
import { listStore, type StoredContent, type StoreListing } from '../../resources/store-uses.js';

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

/** `reproman store ls`. */
export class StoreLs extends StoreCommand {
  static override readonly description =
    'list the packages that were fetched, with the resources that use them, and the systems that were built, with sizes';
  static override readonly examples = [
    '<%= config.bin %> store ls',
    "<%= config.bin %> store ls --json | jq '[.contents[].size] | add'",
  ];

  async run(): Promise<StoreListing & { readonly folder: string; readonly trees: readonly TreeEntry[] }> {
    await this.parse(StoreLs);
    const store = await openStore();
    const listing = await listStore(store);
    const { contents, problems } = listing;
    for (const problem of problems) this.tell(problem);
    const bySize = contents.toSorted((a, b) => b.size - a.size);
    if (bySize.length > 0) this.say(renderTable(columns, bySize));
    const trees = await openTreeCache(store).entries();
    if (trees.length > 0) this.say(renderTable(treeColumns, trees.toReversed()));
    const counts = `${countOf(contents, 'contents')}; ${countOf(trees, 'systems that were built')}`;
    this.tell(`${counts}; in ${store.folder}`);
    return { folder: store.folder, ...listing, trees };
  }
}

function countOf(entries: readonly { readonly size: number }[], what: string): string {
  return `${entries.length} ${what}, ${showBytes(entries.reduce((sum, { size }) => sum + size, 0))}`;
}
