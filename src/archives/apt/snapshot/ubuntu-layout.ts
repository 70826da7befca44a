import type { PlannedPackage } from '../../../model/plan.js';
import type { ArchiveService, Place } from '../../service.js';
import { timestampOf } from './timestamp.js';

/**
 * A snapshot service with the layout of Ubuntu's (https://snapshot.ubuntu.com): the archive as it was at a time, from
 * March 2023 on. It answers no questions, so a package is had at the date of the index that listed it.
 */
export function ubuntuSnapshots(base: string): ArchiveService {
  return {
    rung: 'snapshot',
    title: `the snapshots at ${base}`,
    locate: async (packages) => new Map(packages.map((planned) => [planned, placesOf(base, planned)])),
  };
}

/** The very path at the date of the index that listed it. */
export function placesOf(base: string, { artifact: { digest, origins = [] } }: PlannedPackage): Place[] {
  if (digest === undefined) return [];
  const places = origins.flatMap(({ origin, path, date }) => {
    if (origin !== 'Ubuntu' || path === undefined || date === undefined) return [];
    const at = timestampOf(Date.parse(date) / 1000);
    return [{ url: `${base}/ubuntu/${at}/${encodeURI(path)}`, evidence: `listed by ubuntu on ${at}` }];
  });
  return [...new Map(places.map((place) => [place.url, place])).values()];
}
