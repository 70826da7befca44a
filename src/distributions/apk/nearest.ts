import { type Listed, nearestListed } from '../../archives/nearest.js';
import type { ArchiveService, Asking } from '../../archives/service.js';
import type { Sha256 } from '../../hash.js';
import type { ArtifactOrigin, PlannedPackage } from '../../model/plan.js';
import { trustOf } from './keys.js';
import { recognised } from './recognise.js';
import { readRepository } from './repositories.js';
import { compareVersions } from './versions.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The nearest versions in the repositories of the traced machine. */
export function nearestOfApk(environment: Environment): ArchiveService {
  return nearestListed({
    title: 'other versions of apk packages',
    of: ({ artifact: { origins = [] } }) => origins.flatMap(({ uri }) => uri ?? []),
    read: (repository, packages, asking) => listed(repository, packages, { ...asking, environment }),
    compare: compareVersions,
    upstreamOf: (version) => version.replace(/-r\d+$/, ''),
  });
}

/** The index has a checksum of a part of each package, and that the hash of the rest. */
async function* listed(
  repository: string,
  packages: readonly PlannedPackage[],
  asking: Asking & { readonly environment: Environment },
): AsyncGenerator<Listed> {
  const names = new Set(packages.map(({ name }) => name));
  const architecture = packages.find((each) => each.architecture !== 'noarch')?.architecture;
  if (architecture === undefined) return;
  const hashes = new Set(packages.flatMap(({ artifact: { origins = [] } }) => origins.flatMap(keysOf)));
  const carried = [...hashes].map((content) => ({ path: content, content }));
  const trust = await trustOf({ ...asking, carried });
  const { candidates, key } = await readRepository(repository, architecture, { ...asking, trust });
  for (const { package: each, url } of candidates) {
    const { name, version, checksum } = each;
    if (!names.has(name)) continue;
    const word = key ? 'signed' : 'unsigned, as the settings allow';
    yield { name, version, place: { url, recognise: (content) => recognised(content, checksum) }, word };
  }
}

function keysOf({ signature }: ArtifactOrigin): readonly Sha256[] {
  return signature?.keys ?? [];
}
