import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { PrefixReader } from '../../packaging/prefix/reader.js';
import type { OpenContext } from '../../packaging/reader.js';
import { packageArchives } from './archives.js';

/** Packages that Yarn keeps as zip files, from which Plug'n'Play loads them; those in node_modules are npm's. */
export const yarn = {
  ...prefixDistribution(packageArchives()),
  open: async ({ machine }: OpenContext) => new PrefixReader(packageArchives(), machine),
};
