import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { describeSpack, recordsOfSpack, spackPrefixOf } from './spec.js';

/** Packages that Spack installed: each is a folder with its concrete spec. */
export const spack = prefixDistribution({
  name: 'spack',
  title: 'packages of Spack',
  prefixOf: spackPrefixOf,
  records: recordsOfSpack,
  describe: describeSpack,
});
