import { loadDistribution } from '../distributions/load.js';
import type { FilePath } from '../model/file-path.js';
import type { InstalledVersion, Named, TreeReader } from '../packaging/distribution.js';
import type { InstalledVersions, ShippedSetting } from './causes.js';
import { entryBehind, type TreeView } from './entries.js';

/**
 * Which versions of packages the created tree has, so that a difference can be put down to one of them. Its databases
 * are read when the first difference is there to explain.
 */
export function installedVersions(
  wanted: readonly Named[],
  tree: TreeView,
  readContent: ((path: FilePath) => Promise<Buffer>) | undefined,
): InstalledVersions {
  if (readContent === undefined) return async () => undefined;
  const known = new Map<string, InstalledVersion | undefined>();
  const reader = readerOf(tree, readContent);
  return async (reference) => {
    const { distribution } = reference;
    if (!wanted.some((each) => each.name === distribution)) return undefined;
    if (!known.has(distribution)) {
      const module = await loadDistribution(distribution);
      known.set(distribution, await module?.installed?.(reader));
    }
    const installed = known.get(distribution);
    return installed && ((await installed(reference)) ?? 'not installed');
  };
}

/**
 * Whether a file of the created tree is a setting as its package ships it: people may edit it, and the proof can say
 * what it is instead. Asked when a difference is there to explain.
 */
export function shippedSettings(
  wanted: readonly Named[],
  tree: TreeView,
  readContent: ((path: FilePath) => Promise<Buffer>) | undefined,
): ShippedSetting {
  if (readContent === undefined) return async () => false;
  const reader = readerOf(tree, readContent);
  let settings: Promise<readonly ShippedSetting[]> | undefined;
  return async (path) => {
    settings ??= settingsOf(wanted, reader);
    for (const isShipped of await settings) if (await isShipped(path)) return true;
    return false;
  };
}

async function settingsOf(wanted: readonly Named[], tree: TreeReader): Promise<readonly ShippedSetting[]> {
  const settings = await Promise.all(wanted.map(async ({ name }) => (await loadDistribution(name))?.settings?.(tree)));
  return settings.flatMap((each) => each ?? []);
}

function readerOf(tree: TreeView, readContent: (path: FilePath) => Promise<Buffer>): TreeReader {
  return {
    read: async (path) => {
      const entry = entryBehind(tree, tree.resolve(path));
      return entry?.type === 'file' ? readContent(entry.path) : undefined;
    },
    list: async (path) => {
      const { end, path: folder } = tree.resolve(path);
      return end === 'found' ? tree.names(folder) : [];
    },
  };
}
