import { fetchArtifacts } from '../archives/fetch.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { planEnvironment } from '../planning/plan.js';
import type { LockedSpecification } from '../spec/specification.js';
import { buildInRooms } from './build-room.js';
import { type FetchedPackage, fetchedPackage } from './build-tree.js';
import { type CreateOptions, createEnvironment } from './create.js';

/** What is in the store of a spec, for an `offline` create. */
export interface FetchedEnvironment {
  readonly packages: number;
  /** Those that are not the very ones, with what was built or had instead. */
  readonly standIns: readonly FetchedPackage[];
  /** The folder. */
  readonly store: string;
}

export interface FetchEnvironmentOptions
  extends Pick<CreateOptions, 'host' | 'inventory' | 'progress' | 'signal' | 'store' | 'trees'> {
  readonly require?: CreateOptions['require'] | undefined;
  /** Of the environment that it is for. */
  readonly name: string;
}

/** Gets every package of a spec into the store, what has to be built too, and makes nothing else. */
export async function fetchEnvironment(
  spec: LockedSpecification,
  options: FetchEnvironmentOptions,
): Promise<FetchedEnvironment> {
  const { store, host, require, progress, signal } = options;
  const plan = await planEnvironment(spec, spec.lock);
  const wanted = plan.bootstrap.tree === undefined ? [...plan.bootstrap.packages, ...plan.artifacts] : [];
  const found = await fetchArtifacts(wanted, {
    ...{ store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor, require },
    standIns: spec.standIns,
    build: buildInRooms({ ...options, spec, lock: spec.lock }, createEnvironment),
    ...(progress && { progress }),
    ...(signal && { signal }),
  });
  const fetched = wanted.flatMap((each) => fetchedPackage(each, found));
  const standIns = fetched.filter(({ sameness }) => sameness !== 'exact');
  return { packages: found.size, standIns, store: store.folder };
}
