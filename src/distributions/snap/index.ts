import { parse } from 'yaml';
import { z } from 'zod';
import { type FilePath, joinPath } from '../../model/file-path.js';
import { prefixDistribution } from '../../packaging/prefix/distribution.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/** `/snap/NAME/REVISION`, on some systems below /var/lib/snapd: https://snapcraft.io/docs/system-snap-directory */
const revisionOf = upTo(/^(?:\/var\/lib\/snapd)?\/snap\/[^/]+\/x?\d+(?=\/|$)/);
const recordName = 'meta/snap.yaml';

const snapSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  base: z.string().optional(),
  confinement: z.string().optional(),
  grade: z.string().optional(),
});

/** Snaps: each revision is a read-only image, mounted at a folder of its own. */
export const snap = prefixDistribution({
  name: 'snap',
  title: 'snaps',
  prefixOf: revisionOf,
  records: (folder) => [joinPath(folder, recordName)],
  describe: describeSnap,
});

function describeSnap(folder: FilePath, records: Records): Description | undefined {
  const content = records.get(joinPath(folder, recordName));
  if (!content) return undefined;
  const { name, version, base, confinement, grade } = snapSchema.parse(
    // Versions are text: 2.10 is not 2.1.
    parse(content.toString('utf8'), { schema: 'failsafe' }),
  );
  return {
    name,
    version,
    details: {
      revision: folder.slice(folder.lastIndexOf('/') + 1),
      ...(base === undefined ? {} : { base }),
      ...(confinement === undefined ? {} : { confinement }),
      ...(grade === undefined ? {} : { grade }),
    },
  };
}
