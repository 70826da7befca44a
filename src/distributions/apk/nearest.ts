import { type Listed, nearestListed } from '../../archives/nearest.js';
import type { ArchiveService, Asking } from '../../archives/service.js';
import type { PlannedPackage } from '../../model/plan.js';
import { recognised } from './recognise.js';
import { readRepository } from './repositories.js';
import { compareVersions } from './versions.js';

/** The nearest versions in the repositories of the traced machine. */
export function nearestOfApk(): ArchiveService {
  return nearestListed({
    title: 'other versions of apk packages',
    of: ({ artifact: { origins = [] } }) => origins.flatMap(({ uri }) => uri ?? []),
    read: listed,
    compare: compareVersions,
    upstreamOf: (version) => version.replace(/-r\d+$/, ''),
  });
}

/** The index has a checksum of a part of each package, and that the hash of the rest. */
async function* listed(
  repository: string,
  packages: readonly PlannedPackage[],
  asking: Asking,
): AsyncGenerator<Listed> {
  const names = new Set(packages.map(({ name }) => name));
  const architecture = packages.find((each) => each.architecture !== 'noarch')?.architecture;
  if (architecture === undefined) return;
  for (const { package: each, url } of await readRepository(repository, architecture, asking)) {
    const { name, version, checksum } = each;
    if (!names.has(name)) continue;
    yield { name, version, place: { url, recognise: (content) => recognised(content, checksum) } };
  }
}
