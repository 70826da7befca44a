import { reasonOf } from '../errors.js';
import type { Digest } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { PlannedPackage } from '../model/plan.js';
import type { ContentSource } from './contents.js';
import type { HttpClient } from './http.js';
import type { Requirement } from './sameness.js';

/** A place where a service says that it has an artifact. */
export interface Place {
  readonly url: string;
  /** What the service knows it by; counts only where the plan has no digest of its own. */
  readonly digest?: Digest;
  /** Why it is taken for the wanted one, for reports. */
  readonly evidence: string;
  /** Of what is no more than the nearest that there is: its version. */
  readonly version?: string;
  /** Passes on content that is known by another mark than its digest; throws at the end of what is not the wanted one. */
  readonly recognise?: (content: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

export interface Asking {
  readonly client: HttpClient;
  /** The machine whose keys and settings count. */
  readonly host: Machine;
  /** The spec's own, such as keys of archives. */
  readonly contents: ContentSource;
  readonly signal?: AbortSignal;
  /** Told why a package is not to be had, for reports. */
  readonly lacks: (planned: PlannedPackage, reason: string) => void;
  /** Told why it is not known whether a package is to be had. */
  readonly silent: (planned: PlannedPackage, reason: string) => void;
}

/**
 * A service that keeps what archives have dropped: snapshots by date, builds by hash or label; or one that knows which
 * other versions there are. It names addresses; what is there is verified as anything else is. A kind of service is one
 * such object, which a distribution gives.
 */
export interface ArchiveService {
  /** The nearest is asked for last, and only by who takes anything. */
  readonly rung: 'snapshot' | 'old-builds' | 'nearest';
  /** For messages: what it is and where. */
  readonly title: string;
  /** Asked once, for all packages that nothing better has; best place first. */
  locate(packages: readonly PlannedPackage[], asking: Asking): Promise<ReadonlyMap<PlannedPackage, readonly Place[]>>;
}

/** Such services are polite company: so many questions or downloads at once, and no more. */
export const politeConnections = 2;

/** A service with the packages that it may know. */
export interface Inquiry {
  readonly service: ArchiveService;
  readonly packages: readonly PlannedPackage[];
}

/** Those that are worth asking: other versions are wanted only by who takes anything. */
export function inquiriesFor(inquiries: readonly Inquiry[], requirement: Requirement = 'exact'): readonly Inquiry[] {
  return requirement === 'any' ? inquiries : inquiries.filter(({ service }) => service.rung !== 'nearest');
}

/** Where a service says that packages are; one that fails altogether is silent about all of them. */
export async function locateAt(
  { service, packages }: Inquiry,
  asking: Asking,
): Promise<ReadonlyMap<PlannedPackage, readonly Place[]>> {
  try {
    return await service.locate(packages, asking);
  } catch (error) {
    asking.signal?.throwIfAborted();
    const reason = `${service.title}: ${reasonOf(error)}`;
    for (const planned of packages) asking.silent(planned, reason);
    return new Map();
  }
}
