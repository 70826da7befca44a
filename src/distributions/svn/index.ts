import type { DistributionModule } from '../../packaging/distribution.js';
import { planSvn } from './plan.js';
import { openSvn } from './reader.js';
import { type SvnLock, type SvnManifest, svnLockSchema, svnManifestSchema } from './schema.js';

const rules = {
  'svn-folder': "is svn's own, and was used by svn itself",
  content: 'is not as in its revision',
  added: 'was added or copied, and is in no revision yet',
  removed: 'is versioned, and is not there',
  replaced: 'is versioned, and is something else now',
};

/** Working copies of Subversion, wherever they are. */
export const svn: DistributionModule<SvnManifest, SvnLock> = {
  name: 'svn',
  title: 'working copies of Subversion',
  manifestSchema: svnManifestSchema,
  lockSchema: svnLockSchema,
  rules,
  databases: [],
  open: openSvn,
  plan: planSvn,
  compareVersions: (a, b) => newestOf(a) - newestOf(b),
};

/** Of a working copy of mixed revisions the newest counts. */
function newestOf(version: string): number {
  return Number(/(\d+)[A-Z]*$/.exec(version)?.[1] ?? 0);
}
