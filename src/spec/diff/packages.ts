import { loadDistributions } from '../../distributions/load.js';
import type { ComparablePackage } from './comparable.js';
import { differingFields } from './fields.js';
import { matchPackages, type Pair, type VersionOrder } from './match.js';
import type { PackageDifference, PackageSide, PackageVerdict } from './schema.js';

/** How versions of each distribution are ordered, those of kinds that are not known here by nothing. */
export async function versionOrders(): Promise<VersionOrder> {
  const modules = new Map((await loadDistributions()).map((module) => [module.name, module]));
  return (distribution, one, other) => {
    if (one === other) return 0;
    if (isCommit(one) || isCommit(other)) return undefined;
    const order = modules.get(distribution)?.compareVersions(one, other);
    return order === undefined || Number.isNaN(order) ? undefined : order;
  };
}

/** Ids of commits have no order. */
function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Every package that is not the same in both, in the order of distributions, names and places. */
export function diffPackages(
  before: readonly ComparablePackage[],
  after: readonly ComparablePackage[],
  orderOf: VersionOrder,
): PackageDifference[] {
  return matchPackages(before, after, orderOf)
    .flatMap((pair) => differenceOf(pair, orderOf) ?? [])
    .sort(byName);
}

function differenceOf({ before, after }: Pair, orderOf: VersionOrder): PackageDifference | undefined {
  const some = after ?? before;
  if (!some) return undefined;
  const { distribution, name } = some;
  if (!before || !after) {
    const side = before ? { before: sideOf(before) } : { after: sideOf(some) };
    return { distribution, name, verdict: before ? 'removed' : 'added', ...side };
  }
  const [verdict, ...also] = verdictsOf(before, after, orderOf);
  if (verdict === undefined) return undefined;
  const fields = differingFields(before.details, after.details);
  return {
    ...{ distribution, name, verdict },
    ...(also.length > 0 && { also }),
    ...(fields.length > 0 && { fields }),
    ...{ before: sideOf(before), after: sideOf(after) },
  };
}

/** All that is different, what matters most first. */
function verdictsOf(before: ComparablePackage, after: ComparablePackage, orderOf: VersionOrder): PackageVerdict[] {
  const found: PackageVerdict[] = [];
  const isSameVersion = before.version === after.version && before.constraint === after.constraint;
  if (!isSameVersion) found.push(verdictOfVersions(before, after, orderOf));
  if (isOther(before.architecture, after.architecture)) found.push('architecture');
  if (isSameVersion && isOtherBuild(before, after)) found.push('build');
  if (isOtherOrigin(before, after)) found.push('origin');
  if (before.at !== after.at) found.push('moved');
  if (differingFields(before.details, after.details).length > 0) found.push('changed');
  return found;
}

function verdictOfVersions(
  { distribution, version: before }: ComparablePackage,
  { version: after }: ComparablePackage,
  orderOf: VersionOrder,
): PackageVerdict {
  const order = before === undefined || after === undefined ? undefined : orderOf(distribution, before, after);
  if (order === undefined || order === 0) return 'version';
  return order < 0 ? 'upgraded' : 'downgraded';
}

/** What one of them leaves open is no other. */
function isOther(before: string | undefined, after: string | undefined): boolean {
  return before !== undefined && after !== undefined && before !== after;
}

function isOtherBuild(before: ComparablePackage, after: ComparablePackage): boolean {
  const fields = Object.keys(before.content);
  return (
    isOther(before.build, after.build) || fields.some((field) => isOther(before.content[field], after.content[field]))
  );
}

/** What has the very same content is the same, wherever it was had from; so it is where one origin is of both. */
function isOtherOrigin(before: ComparablePackage, after: ComparablePackage): boolean {
  if (before.origins.length === 0 || after.origins.length === 0) return false;
  if (Object.entries(before.content).some(([field, hash]) => after.content[field] === hash)) return false;
  return !before.origins.some((origin) => after.origins.includes(origin));
}

function sideOf({
  version,
  constraint,
  architecture,
  at,
  folder,
  build,
  identity,
  origins,
}: ComparablePackage): PackageSide {
  const place = at ?? folder;
  return {
    ...(version !== undefined && { version }),
    ...(constraint !== undefined && { constraint }),
    ...(architecture !== undefined && { architecture }),
    ...(place !== undefined && { at: place }),
    ...(build !== undefined && { build }),
    ...(identity !== undefined && { identity }),
    ...(origins.length > 0 && { origins: [...origins] }),
  };
}

function byName(one: PackageDifference, other: PackageDifference): number {
  const [a, b] = [one, other].map(({ distribution, name, before, after }) => {
    const { at = '', architecture = '', version = '' } = before ?? after ?? {};
    return JSON.stringify([distribution, name, at, architecture, version]);
  });
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1;
}
