/** A dependency that apt cannot meet, as it says so: `jq : Depends: libjq1 (= 1.6-2.1) but 1.7 is to be installed`. */
export interface Held {
  readonly name: string;
  /** `Depends`, `Breaks` and so on. */
  readonly kind: string;
  readonly on: string;
  /** `= 1.6-2.1`. */
  readonly bound?: string;
  /** The version of `on` that was chosen. */
  readonly chosen?: string;
}

const line =
  /^\s+(?:(\S+) : |\s+)(Pre-Depends|Depends|Conflicts|Breaks): (\S+)(?: \((.+?)\))?(?: but (?:(\S+) is to be installed|.*))?\s*$/;

/** What stands below `The following packages have unmet dependencies`; further lines of a package have no name. */
export function heldIn(said: string): Held[] {
  let name = '';
  return said.split('\n').flatMap((text) => {
    const [, own, kind, on, bound, chosen] = line.exec(text) ?? [];
    if (own !== undefined) name = own;
    if (kind === undefined || on === undefined) return [];
    return [{ name, kind, on, ...(bound ? { bound } : {}), ...(chosen ? { chosen } : {}) }];
  });
}

/** All packages that have to do with these. */
export function namesIn(all: readonly Held[]): ReadonlySet<string> {
  return new Set(all.flatMap(({ name, on }) => [name, on]).map((name) => name.replace(/:.*$/, '')));
}

/** One of them as a clause, with who holds the package at its version; `requests` are as apt was given them. */
export function describeHeld({ name, kind, on, bound, chosen }: Held, requests: readonly string[]): string {
  const what = `${on}${bound ? ` (${bound})` : ''}`;
  const isNeed = kind.endsWith('Depends');
  const clause = isNeed ? `${name} needs ${what}` : `${name} does not go with ${what}`;
  if (chosen === undefined) return isNeed ? `${clause}, which cannot be had` : clause;
  const isAsked = requests.includes(`${on}=${chosen}`);
  return `${clause}, which is held at ${chosen}${isAsked ? ', as it was asked for' : ' by what else is asked for'}`;
}
