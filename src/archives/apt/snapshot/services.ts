import { ReproError } from '../../../errors.js';
import type { ArchiveService } from '../../service.js';
import { debianSnapshots } from './debian-layout.js';
import { ubuntuSnapshots } from './ubuntu-layout.js';

/** The variables that name services of each layout, and the public one where they are not set. */
const layouts = [
  { variable: 'REPROMAN_DEBIAN_SNAPSHOTS', usual: 'https://snapshot.debian.org', open: debianSnapshots },
  { variable: 'REPROMAN_UBUNTU_SNAPSHOTS', usual: 'https://snapshot.ubuntu.com', open: ubuntuSnapshots },
] as const;

/** The snapshot services of the settings: base addresses, in order, or nothing between the quotes for none. */
export function snapshotServices(environment: Readonly<Record<string, string | undefined>>): ArchiveService[] {
  return layouts.flatMap(({ variable, usual, open }) =>
    (environment[variable] ?? usual)
      .split(/\s+/)
      .filter(Boolean)
      .map((base) => open(checked(base, variable))),
  );
}

function checked(base: string, variable: string): string {
  if (URL.canParse(base) && /^https?:$/.test(new URL(base).protocol)) return base.replace(/\/+$/, '');
  throw new ReproError('usage', `'${base}' is not an http or https address`, {
    where: variable,
    remedy: 'give base addresses with spaces between them, or an empty text for none',
  });
}
