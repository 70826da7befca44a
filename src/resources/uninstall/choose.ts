import { ReproError } from '../../errors.js';
import type { LockedPackage, Needs } from '../../spec/why/needs.js';

export interface TakingOut {
  /** These go, and with them whatever needs them. */
  readonly named: ReadonlySet<LockedPackage>;
  /** Nobody asks for these any more: they go where nothing that stays needs them. */
  readonly released: ReadonlySet<LockedPackage>;
}

/** All packages that go: what needs those that are to go, and what only these needed. */
export function packagesGoing(
  { packages, dependents }: Pick<Needs, 'packages' | 'dependents'>,
  { named, released }: TakingOut,
): Set<LockedPackage> {
  const gone = closure(named, dependents);
  const essential = [...gone].find((each) => each.essential);
  if (essential) throw isEssential(essential, named.has(essential) ? undefined : [...named]);
  const needs = new Map<LockedPackage, LockedPackage[]>(packages.map((each) => [each, []]));
  for (const each of packages) for (const by of dependents(each)) needs.get(by)?.push(each);
  const needed = (each: LockedPackage) => needs.get(each) ?? [];
  const isOwn = (each: LockedPackage) =>
    !gone.has(each) &&
    !released.has(each) &&
    (each.essential || each.used || dependents(each).every((by) => by === each));
  const stays = closure(packages.filter(isOwn), needed);
  for (const each of closure([...gone, ...released], needed)) if (!stays.has(each)) gone.add(each);
  return gone;
}

function closure(
  from: Iterable<LockedPackage>,
  next: (each: LockedPackage) => readonly LockedPackage[],
): Set<LockedPackage> {
  const all = new Set(from);
  for (const each of all) for (const other of next(each)) all.add(other);
  return all;
}

function isEssential({ name, distribution }: LockedPackage, for_?: readonly LockedPackage[]): ReproError {
  const why = for_ === undefined ? '' : `, and it needs ${for_.map((each) => each.name).join(' or ')}`;
  return new ReproError('usage', `without ${name} (${distribution}) no system is whole${why}: it cannot be taken out`);
}
