import type { LockHalf } from '../../model/lock-half.js';
import type { Gone } from '../../packaging/requests.js';
import { type NamedPackage, packagesByName } from '../resolve.js';

/** What became of one package from one lock to another. */
export interface Move {
  readonly package: string;
  readonly distribution: string;
  /** The place that it is installed at, where it may be at several. */
  readonly at?: string;
  /** Absent: it was not there. */
  readonly from?: string;
  /** Absent: it is not there any more. */
  readonly to?: string;
  readonly why: string;
}

export interface MoveReasons {
  /** What was asked for, by kind: `--set`, `--add`, `--drop`, and all requests of a base that moved. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  readonly gone: ReadonlyMap<string, readonly Gone[]>;
}

/** Every package that moved, came or went, and why, in the order of their names. */
export function movesBetween(
  before: readonly LockHalf[],
  after: readonly LockHalf[],
  { asked, gone }: MoveReasons,
): Move[] {
  const [old, now] = [packagesByName(before), packagesByName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    const { distribution, name, at } = is ?? was ?? {};
    if (distribution === undefined || name === undefined || was?.version === is?.version) return [];
    const lost = gone.get(distribution)?.find((each) => each.name === name);
    const taken = gone.get(distribution)?.find(({ instead }) => instead === name);
    const isAsked = asked.get(distribution)?.has(name);
    const why =
      (lost && describeGone(lost)) ??
      (taken && is && `in the stead of ${taken.name}`) ??
      (isAsked ? 'asked' : is ? pulledIn(is, now) : goneWith(was, old, now));
    return [
      {
        ...{ package: name, distribution },
        ...(at === undefined ? {} : { at }),
        ...(was ? { from: was.version } : {}),
        ...(is ? { to: is.version } : {}),
        why,
      },
    ];
  });
}

function describeGone({ instead, successors }: Gone): string {
  if (instead !== undefined) return `not there any more: ${instead} has its place`;
  return successors.length > 0
    ? `not there any more: provided or replaced by ${successors.join(', ')}`
    : 'not there any more';
}

type Packages = ReadonlyMap<string, NamedPackage>;

function pulledIn({ needed: [key = ''] }: NamedPackage, now: Packages): string {
  const by = now.get(key);
  return by ? `pulled in by ${by.name}` : 'pulled in';
}

/** Best told by a package that went as well. */
function goneWith(was: NamedPackage | undefined, old: Packages, now: Packages): string {
  const keys = was?.needed ?? [];
  const by = old.get(keys.find((key) => !now.has(key)) ?? keys[0] ?? '');
  return by ? `gone with ${by.name}` : 'not needed any more';
}
