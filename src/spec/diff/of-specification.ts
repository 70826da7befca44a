import type { Accounts, LockHalf } from '../../model/lock-half.js';
import type { Specification } from '../specification.js';
import type { ComparableSpec } from './comparable.js';
import { settingsOf } from './fields.js';
import { packagesOfLock } from './of-lock.js';
import { requestsOfManifest } from './of-manifest.js';

/** A spec of this project; of an edited one, and of one that is written by hand, nothing is taken as installed. */
export async function comparableOf(spec: Specification, name: string): Promise<ComparableSpec> {
  const { manifest, lock } = spec;
  const halves = lock?.distributions;
  return {
    name,
    base: manifest.base,
    installed: halves?.flatMap(packagesOfLock),
    requested: await requestsOfManifest(manifest.distributions),
    settings: Object.fromEntries((halves ?? []).map((half) => [half.name, settingsOf(half)])),
    accounts: accountsOf(halves ?? []),
    files: manifest.files,
    paths: [],
    absent: manifest.absent ?? [],
    steps: manifest.steps ?? [],
    runs: manifest.runs,
    host: manifest.host ?? [],
    snapshot: () => spec.snapshot(),
  };
}

function accountsOf(halves: readonly LockHalf[]): Accounts {
  const all = halves.flatMap(({ accounts }) => accounts ?? []);
  return { users: all.flatMap(({ users }) => users), groups: all.flatMap(({ groups }) => groups) };
}
