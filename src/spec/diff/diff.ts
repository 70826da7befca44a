import type { ComparableSpec } from './comparable.js';
import { differingFields } from './fields.js';
import { diffFiles } from './files.js';
import { diffNamed, diffRuns, diffValues } from './named.js';
import { diffPackages, versionOrders } from './packages.js';
import type { SpecDifferences } from './schema.js';

/**
 * All that two specs have differently. Of packages all that is installed is compared where both say that; where one does not, what is asked for in both: a
 * list of names says nothing of what they need.
 */
export async function diffSpecifications(one: ComparableSpec, other: ComparableSpec): Promise<SpecDifferences> {
  const isInstalled = one.installed !== undefined && other.installed !== undefined;
  const [before, after] = [one, other].map(({ installed, requested }) => (isInstalled ? installed : requested));
  const found = {
    base: one.base && other.base ? diffValues(one.base, other.base) : [],
    packages: diffPackages(before ?? [], after ?? [], await versionOrders()),
    settings: isInstalled ? diffSettings(one, other) : [],
    accounts: isInstalled ? diffNamed(accountsOf(one), accountsOf(other)) : [],
    files: await diffFiles(one, other),
    absent: diffNamed(
      byName(one.absent, ({ path }) => path),
      byName(other.absent, ({ path }) => path),
    ),
    ...diffRuns(one, other),
    steps: diffNamed(
      byName(one.steps, ({ id }) => id),
      byName(other.steps, ({ id }) => id),
    ),
    host: diffNamed(byName(one.host, nameOfNeed), byName(other.host, nameOfNeed)),
  };
  return {
    version: 1,
    specs: [one.name, other.name],
    compared: isInstalled ? 'installed' : 'requested',
    equal: Object.values(found).every((differences) => differences.length === 0),
    ...found,
  };
}

function nameOfNeed({ kind, name }: ComparableSpec['host'][number]): string {
  return `${kind} ${name}`;
}

/** `why` is said for people. */
function byName<T extends object>(items: readonly T[], nameOf: (item: T) => string) {
  return new Map(
    items.map((item) => {
      const { why: _said, ...fields } = item as T & { why?: unknown };
      return [nameOf(item), fields as Readonly<Record<string, unknown>>];
    }),
  );
}

/** Of distributions that both have. */
function diffSettings(one: ComparableSpec, other: ComparableSpec): SpecDifferences['settings'] {
  return Object.keys(one.settings)
    .filter((distribution) => other.settings[distribution] !== undefined)
    .sort()
    .flatMap((distribution) => {
      const fields = differingFields(one.settings[distribution] ?? {}, other.settings[distribution] ?? {});
      return fields.length > 0 ? [{ distribution, fields }] : [];
    });
}

function accountsOf({ accounts: { users, groups } }: ComparableSpec) {
  return new Map<string, Readonly<Record<string, unknown>>>([
    ...users.map((user) => [`user ${user.name}`, user] as const),
    ...groups.map(
      ({ members, ...group }) => [`group ${group.name}`, { ...group, members: members.toSorted() }] as const,
    ),
  ]);
}
