import { describe, expect, it } from 'vitest';
import { parseDeb822 } from '../../../src/archives/apt/deb822.js';
import type { DebianPackage } from '../../../src/distributions/debian/schema.js';
import { findGone } from '../../../src/distributions/debian/successors.js';

/** Cut from the index of trixie. */
const index = `Package: libssl3t64
Source: openssl
Version: 3.5.7-1
Provides: libssl3 (= 3.5.7-1)
Replaces: libssl3

Package: libicu76
Source: icu
Version: 76.1-4

Package: icu-devtools
Source: icu
Version: 76.1-4

Package: libpython3-stdlib
Source: python3-defaults
Version: 3.13.5-1

Package: libpython3.13-stdlib
Source: python3.13
Version: 3.13.5-2

Package: libpython3.12-stdlib
Source: python3.12
Version: 3.12.9-1

Package: gcc-14-base
Source: gcc-14
Version: 14.2.0-19

Package: bind9-dnsutils
Provides: dnsutils
Version: 1:9.20

Package: knot-dnsutils
Replaces: dnsutils (<< 3)
Version: 3.4
`;

async function* stanzas() {
  yield* parseDeb822(index);
}

const gone = (name: string, former?: Partial<DebianPackage>) =>
  findGone([{ name, ...(former ? { former: { name, ...former } as DebianPackage } : {}) }], stanzas());

describe('a package that an index does not have', () => {
  it.each([
    ['libssl3', undefined, 'libssl3t64', ['libssl3t64']],
    ['libicu72', { source: 'icu', automatic: true }, 'libicu76', []],
    ['libpython3.11-stdlib', { source: 'python3.11', automatic: true }, 'libpython3.13-stdlib', []],
    ['gcc-12-base', { source: 'gcc-12', automatic: true }, 'gcc-14-base', []],
    ['libicu72', { source: 'icu' }, undefined, []],
    ['libicu72', { source: 'other', automatic: true }, undefined, []],
    ['dnsutils', { automatic: true }, undefined, ['bind9-dnsutils', 'knot-dnsutils']],
    ['vim-nox', { automatic: true }, undefined, []],
  ] as const)('%s, which was %j: %s has its place', async (name, former, instead, successors) => {
    expect(await gone(name, former)).toEqual([{ name, successors, ...(instead ? { instead } : {}) }]);
  });
});
