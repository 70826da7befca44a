import { fetchArtifacts } from '../archives/fetch.js';
import type { Requirement } from '../archives/sameness.js';
import type { ContentFolder } from '../archives/store.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import type { Machine } from '../machines/machine.js';
import type { Progress } from '../model/progress.js';
import { planEnvironment } from '../planning/plan.js';
import type { LockedSpecification } from '../spec/specification.js';

/** What is in the store of a spec, for an `offline` create. */
export interface FetchedEnvironment {
  readonly packages: number;
  /** The folder. */
  readonly store: string;
}

export interface FetchEnvironmentOptions {
  readonly host: Machine;
  readonly store: ContentFolder;
  readonly require?: Requirement | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Gets every package of a spec into the store, and makes nothing. */
export async function fetchEnvironment(
  spec: LockedSpecification,
  { store, host, ...options }: FetchEnvironmentOptions,
): Promise<FetchedEnvironment> {
  const plan = await planEnvironment(spec, spec.lock);
  const wanted = plan.bootstrap.tree === undefined ? [...plan.bootstrap.packages, ...plan.artifacts] : [];
  const places = { store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor };
  const found = await fetchArtifacts(wanted, { ...places, ...options });
  return { packages: found.size, store: store.folder };
}
