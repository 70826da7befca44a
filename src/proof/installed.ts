import { createHash } from 'node:crypto';
import type { DistributionModule, Named, TreeReader } from '../distributions/distribution.js';
import { distributions, isDistribution } from '../distributions/registry.js';
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
    if (!wanted.some((each) => each.name === distribution) || !isDistribution(distribution)) return undefined;
    if (!known.has(distribution)) {
      const module: DistributionModule = await distributions[distribution]();
      known.set(distribution, await module.installed?.(read));
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
  let settings: Map<FilePath, string> | undefined;
  return async (path) => {
    settings ??= await settingsOf(wanted, read);
    const shipped = settings.get(path);
    const content = shipped === undefined ? undefined : await read(path);
    return content !== undefined && createHash('md5').update(content).digest('hex') === shipped;
  };
}

async function settingsOf(wanted: readonly Named[], read: TreeReader): Promise<Map<FilePath, string>> {
  const settings = new Map<FilePath, string>();
  for (const { name } of wanted) {
    if (!isDistribution(name)) continue;
    const module: DistributionModule = await distributions[name]();
    for (const [path, md5] of (await module.settings?.(read)) ?? []) settings.set(path, md5);
  }
  return settings;
}

function readerOf(tree: FilesystemTrie, readContent: (path: FilePath) => Promise<Buffer>): TreeReader {
  return async (path) => (tree.find(path)?.type === 'file' ? readContent(path) : undefined);
}
