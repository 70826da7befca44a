import type { DistributionModule, InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { planPrefixes } from '../../packaging/prefix/distribution.js';
import {
  type PrefixLock,
  type PrefixManifest,
  prefixLockSchema,
  prefixManifestSchema,
} from '../../packaging/prefix/schema.js';
import type { OpenContext } from '../../packaging/reader.js';
import { podOf } from './libraries.js';
import { describeModule, listedModule } from './modules.js';
import { PerlReader } from './reader.js';
import { comparePerlVersions } from './version.js';

const title = 'modules of Perl';

/** Modules of Perl that people installed, by the lists of files that their installers leave (`.packlist`). */
export const perl: DistributionModule<PrefixManifest, PrefixLock> = {
  name: 'perl',
  title,
  manifestSchema: prefixManifestSchema('perl', title),
  lockSchema: prefixLockSchema('perl'),
  databases: [],
  open: async ({ machine }: OpenContext) => new PerlReader(machine),
  plan: planPrefixes,
  compareVersions: comparePerlVersions,
  installed,
};

async function installed({ read }: TreeReader): Promise<InstalledVersion> {
  return async ({ at }) => {
    const content = at && (await read(at));
    if (!content) return undefined;
    const listed = listedModule(at, content);
    const source = listed.main && (await read(listed.main));
    const notes = { pod: await read(podOf(listed)), installs: [], source: source?.toString('latin1') ?? '' };
    return describeModule(listed, notes)?.version;
  };
}
