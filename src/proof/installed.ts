import type { Named, TreeReader } from '../distributions/distribution.js';
import { loadDistribution } from '../distributions/load.js';
import type { FilesystemTrie } from '../filesystem/trie.js';
import type { FilePath } from '../model/file-path.js';
import type { InstalledVersions, ShippedSetting } from './causes.js';

/**
 * Which versions of packages the created tree has, so that a difference can be put down to one of them. Its databases
 * are read when the first difference is there to explain.
 */
export function installedVersions(
  wanted: readonly Named[],
  tree: FilesystemTrie,
  readContent: ((path: FilePath) => Promise<Buffer>) | undefined,
): InstalledVersions {
  if (readContent === undefined) return async () => undefined;
  const known = new Map<string, ReadonlyMap<string, string> | undefined>();
  const read = readerOf(tree, readContent);
  return async ({ distribution, name, architecture }) => {
    if (!wanted.some((each) => each.name === distribution)) return undefined;
    if (!known.has(distribution)) {
      const module = await loadDistribution(distribution);
      known.set(distribution, await module?.installed?.(read));
    }
    const installed = known.get(distribution);
    if (installed === undefined) return undefined;
    return installed.get(`${name}:${architecture}`) ?? installed.get(name) ?? 'not installed';
  };
}

/**
 * Whether a file of the created tree is a setting as its package ships it: people may edit it, and the proof can say
 * what it is instead. Asked when a difference is there to explain.
 */
export function shippedSettings(
  wanted: readonly Named[],
  tree: FilesystemTrie,
  readContent: ((path: FilePath) => Promise<Buffer>) | undefined,
): ShippedSetting {
  if (readContent === undefined) return async () => false;
  const read = readerOf(tree, readContent);
  let settings: Promise<readonly ShippedSetting[]> | undefined;
  return async (path) => {
    settings ??= settingsOf(wanted, read);
    for (const isShipped of await settings) if (await isShipped(path)) return true;
    return false;
  };
}

async function settingsOf(wanted: readonly Named[], read: TreeReader): Promise<readonly ShippedSetting[]> {
  const settings = await Promise.all(wanted.map(async ({ name }) => (await loadDistribution(name))?.settings?.(read)));
  return settings.flatMap((each) => each ?? []);
}

function readerOf(tree: FilesystemTrie, readContent: (path: FilePath) => Promise<Buffer>): TreeReader {
  return async (path) => (tree.find(path)?.type === 'file' ? readContent(path) : undefined);
}
