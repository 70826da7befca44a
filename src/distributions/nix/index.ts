import type { DistributionModule } from '../../packaging/distribution.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import type { PrefixLock, PrefixManifest } from '../../packaging/prefix/schema.js';
import type { OpenContext } from '../../packaging/reader.js';
import { StoreReader } from './reader.js';
import { storePaths } from './store-paths.js';

/** Store paths of Nix and Guix, whose names say what they are. */
export const nix: DistributionModule<PrefixManifest, PrefixLock> = {
  ...prefixDistribution(storePaths),
  open: async ({ machine }: OpenContext) => new StoreReader(machine),
};
