import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { describeEasyconfig, easybuildPrefixOf, recordsOfEasybuild } from './easyconfig.js';

/** Software that EasyBuild installed: each is a folder that keeps its easyconfig. */
export const easybuild = prefixDistribution({
  name: 'easybuild',
  title: 'software of EasyBuild',
  prefixOf: easybuildPrefixOf,
  records: recordsOfEasybuild,
  describe: describeEasyconfig,
});
