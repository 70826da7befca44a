import type { FilesystemTrie } from '../../filesystem/trie/trie.js';
import type { ManifestDigests } from '../../machines/images/stored-image.js';
import type { FilePath } from '../../model/file-path.js';
import { openSource } from '../../sources/open.js';
import type { ReadOptions, Source, SourceLayer } from '../../sources/source.js';
import { openContents } from '../contents.js';
import { layersOf } from '../layers.js';
import { type LayeredAnalyzer, layeredKinds, type PackageAnalyzer } from './kinds.js';
import { listings } from './listings.js';
import { packageFiles } from './package-files.js';
import type { Listed, PackageRow } from './packages.js';

type Asked = Omit<ReadOptions, 'hash' | 'packages'>;

interface Contained {
  readonly trie: FilesystemTrie;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A database of packages that is larger is none. */
const mostRead = 1024 ** 3;

/** Lists packages from the files of a source that a trie has; undefined where the source has no contents. */
export async function listPackages(
  source: Source,
  { trie, environment = {} }: Contained,
  wanted: readonly PackageAnalyzer[],
  options: Asked,
): Promise<Listed | undefined> {
  if (wanted.length === 0) return undefined;
  await using contents = await openContents(source, mostRead, options);
  if (!contents.isThere) return undefined;
  const files = packageFiles(trie, source.name, async (path) => {
    const content = await contents.read(path);
    return typeof content === 'string' ? undefined : content;
  });
  const listed: [PackageAnalyzer, readonly PackageRow[] | undefined][] = [];
  for (const each of wanted) listed.push([each, await listings[each](files, environment)]);
  return Object.fromEntries(listed);
}

/** The layers of an image, and what the databases of packages in each of them list. */
export interface LayersRead {
  readonly layers: readonly SourceLayer[];
  readonly packages: Readonly<Partial<Record<LayeredAnalyzer, readonly (readonly PackageRow[])[]>>>;
}

export async function readLayered(
  source: Source,
  wanted: readonly LayeredAnalyzer[],
  options: Asked,
): Promise<LayersRead> {
  await using open = await openSource(source, { ...options, hash: true, packages: false });
  const layers = await layersOf(open, source);
  const packages: Record<string, (readonly PackageRow[])[]> = {};
  for (const each of wanted) {
    packages[each] = [];
    for (const layer of layers) packages[each].push(await packagesOfLayer(layer, layeredKinds[each], options.signal));
  }
  return { layers, packages };
}

/** The digests of an image; undefined of what is none, and where they are not known. */
export async function readManifest(source: Source, options: Asked): Promise<ManifestDigests | undefined> {
  await using open = await openSource(source, { ...options, hash: false, packages: false });
  return await open.manifest?.();
}

async function packagesOfLayer(
  { entries, contents }: SourceLayer,
  kind: PackageAnalyzer,
  signal: AbortSignal | undefined,
): Promise<readonly PackageRow[]> {
  const there = new Set(entries.map(({ path }) => path));
  const read = async (path: FilePath) => (there.has(path) ? (await contents?.([path], signal))?.get(path) : undefined);
  const files = { names: () => [], isFolder: () => false, size: () => undefined, read };
  return (await listings[kind](files, {})) ?? [];
}
