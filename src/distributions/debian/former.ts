import type { InstalledPackage } from './installed.js';
import type { PackageOrigin } from './origins.js';
import { withUniqueId } from './origins.js';
import type { DebianArchive, DebianLock } from './schema.js';

/** What the spec that a system was made from still says of it. */
interface FormerOrigins<P> {
  readonly packages: ReadonlyMap<P, PackageOrigin>;
  readonly archives: readonly DebianArchive[];
}

/**
 * Origins of the packages that a system still has as it was made: what we make has no lists of archives. `taken` are
 * archives that are known already.
 */
export function formerOrigins<P extends InstalledPackage>(
  packages: Iterable<P>,
  former: DebianLock,
  taken: readonly DebianArchive[],
): FormerOrigins<P> {
  const uris = new Map(taken.map(({ id, uri }) => [id, uri]));
  const archives = new Map(former.archives.map((archive) => [archive.id, withUniqueId(archive, uris)]));
  const locked = new Map(former.packages.map((each) => [keyOf(each), each]));
  const used = new Set<DebianArchive>();
  const found = new Map<P, PackageOrigin>();
  for (const installed of packages) {
    const { certainty, locations = [], sha256, size } = locked.get(keyOf(installed)) ?? {};
    const known = locations.flatMap(({ archive, filename }) => {
      const own = archives.get(archive);
      if (own) used.add(own);
      return own ? [{ archive: own.id, filename }] : [];
    });
    if (known.length === 0 || certainty === 'repacked' || certainty === 'unknown') continue;
    found.set(installed, {
      certainty: certainty === 'version-only' ? certainty : 'indexed',
      locations: known,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(size === undefined ? {} : { size }),
      availability: 'unchecked',
    });
  }
  const fresh = [...used].filter(({ id }) => !taken.some((archive) => archive.id === id));
  return { packages: found, archives: fresh };
}

function keyOf({ name, version, architecture }: Pick<InstalledPackage, 'name' | 'version' | 'architecture'>): string {
  return `${name} ${version} ${architecture}`;
}
