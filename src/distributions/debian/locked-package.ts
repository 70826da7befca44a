import type { PackageOrigin } from './origins.js';
import type { DpkgPackage } from './package.js';
import type { Repacked } from './repack.js';
import { type DebianPackage, unfinishedSchema } from './schema.js';

interface LockFacts {
  readonly used: boolean;
  readonly automatic: boolean;
  readonly needs: readonly string[];
  readonly origin: PackageOrigin | undefined;
  readonly repacked: Repacked | undefined;
  readonly problems: readonly string[];
}

/** One package of the lock: what it is, where it came from, and what is wrong with it. */
export function lockedPackage(
  each: DpkgPackage,
  { used, automatic, needs, origin, repacked, problems }: LockFacts,
): DebianPackage {
  const [source, sourceVersion] = sourceOf(each);
  const all = [...problems, ...(repacked?.problems ?? [])];
  const sha256 = repacked?.hash ?? origin?.sha256;
  const size = repacked?.hash ? repacked.size : origin?.size;
  return {
    name: each.name,
    version: each.version,
    architecture: each.architecture,
    ...(source ? { source } : {}),
    ...(sourceVersion ? { sourceVersion } : {}),
    used,
    ...(each.essential ? { essential: true } : {}),
    ...(automatic ? { automatic } : {}),
    ...(needs.length > 0 ? { needs: [...needs] } : {}),
    control: controlOf(each),
    ...(sha256 ? { sha256 } : {}),
    ...(size === undefined ? {} : { size }),
    certainty: repacked?.hash ? 'repacked' : (origin?.certainty ?? 'unknown'),
    locations: (origin?.locations ?? []).map((location) => ({ ...location })),
    ...(repacked?.hash ? { repacked: repacked.hash } : {}),
    ...(all.length > 0 ? { problems: all } : {}),
    ...(each.hold ? { hold: true } : {}),
    ...(isUnfinished(each.state) ? { state: each.state } : {}),
  };
}

function isUnfinished(state: string): state is NonNullable<DebianPackage['state']> {
  return unfinishedSchema.safeParse(state).success;
}

/** `Source: name (version)`, where either differs from the package's own. */
function sourceOf({ fields }: DpkgPackage): [string | undefined, string | undefined] {
  const match = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(fields['Source'] ?? '');
  return [match?.[1], match?.[2]];
}

const keptFields = [
  'Package',
  'Source',
  'Version',
  'Architecture',
  'Multi-Arch',
  'Essential',
  'Protected',
  'Priority',
  'Section',
  'Maintainer',
  'Installed-Size',
  'Pre-Depends',
  'Depends',
  'Provides',
  'Conflicts',
  'Breaks',
  'Replaces',
] as const;

function controlOf({ fields }: DpkgPackage): Record<string, string> {
  const control: Record<string, string> = {};
  for (const name of keptFields) {
    const value = fields[name];
    if (value) control[name] = value;
  }
  const [description = ''] = (fields['Description'] ?? '').split('\n');
  return { ...control, Description: description };
}
