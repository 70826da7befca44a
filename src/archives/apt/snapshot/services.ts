import type { PlannedPackage } from '../../../model/plan.js';
import { addressesIn } from '../../addresses.js';
import type { ArchiveService } from '../../service.js';
import { debianSnapshots, placesByDate } from './debian-layout.js';
import { placesOf, ubuntuSnapshots } from './ubuntu-layout.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The services of Debian's layout, which can be asked questions. */
export function debianSnapshotBases(environment: Environment): string[] {
  const [{ variable, usual }] = layouts;
  return addressesIn(environment, variable, usual);
}

/** The variables that name services of each layout, and the public one where they are not set. */
const layouts = [
  {
    vendor: 'debian',
    variable: 'REPROMAN_DEBIAN_SNAPSHOTS',
    usual: 'https://snapshot.debian.org',
    open: debianSnapshots,
    dated: placesByDate,
  },
  {
    vendor: 'ubuntu',
    variable: 'REPROMAN_UBUNTU_SNAPSHOTS',
    usual: 'https://snapshot.ubuntu.com',
    open: ubuntuSnapshots,
    dated: placesOf,
  },
] as const;

/** The snapshot services of the settings: base addresses, in order, or nothing between the quotes for none. */
export function snapshotServices(environment: Environment): ArchiveService[] {
  return layouts.flatMap(({ variable, usual, open }) => addressesIn(environment, variable, usual).map(open));
}

/** The services that have the archives of a maker of releases. */
export function snapshotBases(vendor: string | undefined, environment: Environment): string[] {
  const layout = layouts.find((each) => each.vendor === vendor);
  return layout ? addressesIn(environment, layout.variable, layout.usual) : [];
}

/** Where the public services have a package at the date of the index that listed it, without asking them. */
export function datedAddresses(planned: PlannedPackage): string[] {
  return layouts.flatMap(({ usual, dated }) => dated(usual, planned).map(({ url }) => url));
}
