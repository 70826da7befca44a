import type { DistributionModule, Named } from '../distributions/distribution.js';
import { distributions, isDistribution } from '../distributions/registry.js';
import type { FilesystemTrie } from '../filesystem/trie.js';
import type { FilePath } from '../model/file-path.js';
import type { InstalledVersions } from './causes.js';

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
  const read = async (path: FilePath) => (tree.find(path)?.type === 'file' ? readContent(path) : undefined);
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
