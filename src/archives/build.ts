import type { Sha256 } from '../hash.js';
import type { PlannedPackage } from '../model/plan.js';
import type { Found } from './ladder.js';
import type { Asking } from './service.js';
import type { ContentFolder } from './store.js';

/** What was built of one package: it is in the store. */
export interface Built {
  readonly sha256: Sha256;
  /** Of what source, in what environment. */
  readonly evidence: string;
}

/** Builds packages from their sources; of those that cannot be built it tells why they are lacking. */
export type Build = (
  packages: readonly PlannedPackage[],
  asking: Asking,
) => Promise<ReadonlyMap<PlannedPackage, Built>>;

/** What was built as a step of the ladder: the very artifact where it has its hash. */
export async function foundBuild(
  { artifact }: PlannedPackage,
  { sha256, evidence }: Built,
  store: ContentFolder,
): Promise<Found> {
  const file = await store.locate(sha256);
  const sameness = artifact.digest?.value === sha256 ? 'exact' : 'same-source';
  return { rung: 'built', from: file, file, sha256, verifiedBy: 'sha256', sameness, evidence };
}
