import type { Base } from '../../packaging/base-system.js';

/** https://www.debian.org/releases/: numbers and codenames; a derivative's own are not in it. */
const codenames: Readonly<Record<string, string>> = {
  '7': 'wheezy',
  '8': 'jessie',
  '9': 'stretch',
  '10': 'buster',
  '11': 'bullseye',
  '12': 'bookworm',
  '13': 'trixie',
  '14': 'forky',
};

/** What is wrong with a base whose release and codename are Debian's, and not of one another. */
export function contradictionIn({ release, codename }: Pick<Base, 'release' | 'codename'>): string | undefined {
  const expected = codenames[/^\d+/.exec(release)?.[0] ?? ''];
  if (expected === undefined || codename === undefined || codename === expected) return undefined;
  if (!Object.values(codenames).includes(codename)) return undefined;
  return `expected ${expected}, which is the codename of Debian ${release}, found ${codename}`;
}
