import { describe, expect, it } from 'vitest';
import { packagesGoing } from '../../../src/resources/uninstall/choose.js';
import type { LockedPackage } from '../../../src/spec/why/needs.js';

interface Told {
  readonly needs?: readonly string[];
  readonly used?: boolean;
  readonly essential?: boolean;
}

/** What goes of packages by their names. */
function going(
  told: Readonly<Record<string, Told>>,
  named: readonly string[],
  released: readonly string[] = [],
): string[] {
  const packages = Object.entries(told).map(
    ([name, { used = false, essential = false }]): LockedPackage => ({
      ...{ distribution: 'debian', name, version: '1', architecture: undefined, at: undefined },
      ...{ used, essential, certainty: undefined, problems: [] },
    }),
  );
  const dependents = ({ name }: LockedPackage) => packages.filter((each) => told[each.name]?.needs?.includes(name));
  const called = (names: readonly string[]) => new Set(packages.filter(({ name }) => names.includes(name)));
  const gone = packagesGoing({ packages, dependents }, { named: called(named), released: called(released) });
  return [...gone].map(({ name }) => name).sort();
}

const some = {
  libc: { essential: true },
  jq: { used: true, needs: ['libjq', 'libc'] },
  libjq: { needs: ['libonig', 'libc'] },
  libonig: { needs: ['libc'] },
  php: { used: true, needs: ['libonig'] },
  base: {},
};

describe('what goes with a package', () => {
  it('is what only it needed', () => {
    expect(going(some, ['jq'])).toEqual(['jq', 'libjq']);
    expect(going(some, ['jq', 'php'])).toEqual(['jq', 'libjq', 'libonig', 'php']);
  });

  it('is what needs it, and nothing that was there for no package', () => {
    expect(going(some, ['libonig'])).toEqual(['jq', 'libjq', 'libonig', 'php']);
    expect(going({ ...some, base: { needs: ['libjq'] } }, ['jq'])).toEqual(['jq']);
  });

  it('is two that need each other', () => {
    expect(going({ a: { used: true, needs: ['b'] }, b: { needs: ['c'] }, c: { needs: ['b'] } }, ['a'])).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('is never what no system can do without', () => {
    expect(() => going(some, ['libc'])).toThrow('without libc (debian) no system is whole: it');
    expect(() => going({ a: { used: true }, b: { essential: true, needs: ['a'] } }, ['a'])).toThrow('and it needs a');
  });
});

describe('what goes when nobody asks for a package any more', () => {
  it('stays where another needs it', () => {
    expect(going({ ...some, tool: { used: true, needs: ['jq'] } }, [], ['jq'])).toEqual([]);
    expect(going(some, [], ['jq'])).toEqual(['jq', 'libjq']);
  });
});
