import type { Base } from '../../packaging/base-system.js';

/** Who makes releases. */
interface Vendor {
  /** As os-release has it in `ID`. */
  readonly id: string;
  readonly title: string;
  readonly codenames: Readonly<Record<string, string>>;
  /** Of a release's number, what it is known by in `codenames`. */
  readonly number: RegExp;
}

/** A number with two digits after the point is Ubuntu's where that has such a release, else one of Debian's updates. */
const vendors: readonly Vendor[] = [
  {
    // https://releases.ubuntu.com
    id: 'ubuntu',
    title: 'Ubuntu',
    codenames: {
      '14.04': 'trusty',
      '16.04': 'xenial',
      '18.04': 'bionic',
      '20.04': 'focal',
      '22.04': 'jammy',
      '24.04': 'noble',
      '24.10': 'oracular',
      '25.04': 'plucky',
      '25.10': 'questing',
    },
    number: /^\d\d\.\d\d/,
  },
  {
    // https://www.debian.org/releases/
    id: 'debian',
    title: 'Debian',
    codenames: {
      '7': 'wheezy',
      '8': 'jessie',
      '9': 'stretch',
      '10': 'buster',
      '11': 'bullseye',
      '12': 'bookworm',
      '13': 'trixie',
      '14': 'forky',
    },
    number: /^\d+/,
  },
];

/** What a manifest calls a release: of others than Debian with their name, for numbers are not theirs alone. */
export function releaseOf({ ID: id = 'debian', VERSION_ID: number }: Readonly<Record<string, string>>) {
  return number === undefined || id === 'debian' ? number : `${id} ${number}`;
}

/** What is wrong with a base whose release and codename are both known, and not of one another. */
export function contradictionIn({ release, codename }: Pick<Base, 'release' | 'codename'>): string | undefined {
  const [, id, number = ''] = /^(?:([a-z]\S*) )?(.*)$/.exec(release) ?? [];
  const keyOf = (each: Vendor): string => each.number.exec(number)?.[0] ?? '';
  const vendor = vendors.find((each) => (id ?? each.id) === each.id && Object.hasOwn(each.codenames, keyOf(each)));
  const expected = vendor?.codenames[keyOf(vendor)];
  if (!vendor || expected === undefined || codename === undefined || codename === expected) return undefined;
  if (!vendorOf(codename)) return undefined;
  return `expected ${expected}, which is the codename of ${vendor.title} ${number}, found ${codename}`;
}

/** The release that a number or a codename names; of Debian's that of any vendor, for they share its tools. */
export function releaseNamed(
  name: string,
  system = 'debian',
): Required<Pick<Base, 'release' | 'codename'>> | undefined {
  for (const { id, codenames } of vendors.filter((each) => system === 'debian' || each.id === system)) {
    const found = Object.entries(codenames).find((pair) => pair.includes(name));
    if (found) return { release: releaseOf({ ID: id, VERSION_ID: found[0] }) ?? found[0], codename: found[1] };
  }
  return undefined;
}

/** Whose a suite is, by the codename that it begins with. */
export function vendorOf(suite: string): string | undefined {
  const [codename = ''] = suite.split(/[-/]/, 1);
  const names = ({ id, codenames }: Vendor) => [...Object.values(codenames), ...(id === 'debian' ? ['sid'] : [])];
  return vendors.find((each) => names(each).includes(codename))?.id;
}
