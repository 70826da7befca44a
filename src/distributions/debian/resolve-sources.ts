import { snapshotBases } from '../../archives/apt/snapshot/services.js';
import { timestampOf } from '../../archives/apt/snapshot/timestamp.js';
import { type AptSource, parseSourcesList, readSources } from '../../archives/apt/sources.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Base } from '../../packaging/base-system.js';
import { vendorOf } from './releases.js';
import type { DebianLock } from './schema.js';

/**
 * The lock's archives and the host's, where they are of the wanted release; else the host's archives at that release,
 * where they may be of its vendor.
 */
export async function sourcesFor(base: Base, previous: DebianLock | undefined, host: Machine): Promise<AptSource[]> {
  const codename = base.codename;
  if (codename === undefined) {
    throw new ReproError(
      'usage',
      `The base ${base.distribution} ${base.release} has no codename to find archives by.`,
      {
        where: 'base',
        remedy: 'Add codename to base, such as bookworm.',
      },
    );
  }
  const own = await readSources(host);
  const locked = lockedSources(previous);
  const fitting = [...locked, ...own.filter(isOfRelease(codename))];
  if (fitting.length > 0) return unique(fitting);
  const others = own.flatMap((source) => {
    const match = /^([a-z]+)(-security|-updates|\/updates)?$/.exec(source.suite);
    if (!match || (codename === 'sid' && match[2]) || !mayHave(vendorOf(source.suite), vendorOf(codename))) return [];
    return [{ ...source, suite: `${codename}${match[2] ?? ''}` }];
  });
  if (others.length > 0) return unique(others);
  throw new ReproError('not-ready', `${host.label} has no apt archive that could have the release ${codename}.`, {
    remedy: 'Add its sources to /etc/apt/sources.list.d, with the key that signs them (Signed-By).',
  });
}

/** The archives as the snapshot services have them of a time, in seconds since 1970. */
export function sourcesAt(sources: readonly AptSource[], at: number, environment: NodeJS.ProcessEnv): AptSource[] {
  const dated = sources.flatMap((source) => {
    const vendor = vendorOf(source.suite);
    const archive = vendor === 'ubuntu' ? vendor : `archive/${isOfSecurity(source) ? 'debian-security' : 'debian'}`;
    return snapshotBases(vendor, environment).map((base) => ({
      ...source,
      uri: `${base}/${archive}/${timestampOf(at)}`,
    }));
  });
  if (dated.length > 0) return unique(dated);
  throw new ReproError('not-ready', 'no snapshot service is known of any archive of this release', {
    where: '--at',
    remedy: 'name one in REPROMAN_DEBIAN_SNAPSHOTS or REPROMAN_UBUNTU_SNAPSHOTS',
  });
}

/** Until buster the suites of the security archive were `CODENAME/updates`, since then they are `CODENAME-security`. */
function isOfSecurity({ suite }: AptSource): boolean {
  return suite.endsWith('-security') || suite.endsWith('/updates');
}

/** A release that is new since the list of releases was written may be of any vendor whose archives the host has. */
function mayHave(vendor: string | undefined, wanted: string | undefined): boolean {
  return vendor !== undefined && (wanted === undefined || vendor === wanted);
}

/** What was resolved before, unless it was for another release than the base is of now: then nothing of it may stay. */
export function previousOf(base: Base, previous: DebianLock | undefined): DebianLock | undefined {
  const locked = lockedSources(previous);
  const isSame = locked.length === 0 || base.codename === undefined || locked.some(isOfRelease(base.codename));
  return isSame ? previous : undefined;
}

function lockedSources(previous: DebianLock | undefined): AptSource[] {
  return parseSourcesList((previous?.sources ?? []).join('\n'), 'environment.d');
}

function isOfRelease(codename: string): (source: AptSource) => boolean {
  return ({ suite }) => suite === codename || suite.startsWith(`${codename}-`) || suite.startsWith(`${codename}/`);
}

function unique(sources: readonly AptSource[]): AptSource[] {
  return [...new Map(sources.map((source) => [`${source.uri} ${source.suite} ${source.components}`, source])).values()];
}
