import { expect, it } from 'vitest';
import { compareVersions } from '../../../src/distributions/conda/versions.js';

/** The examples of conda's documentation of VersionOrder, lowest first; those on a line are equal. */
const documented = `
0.4  0.4.0
0.4.1.rc  0.4.1.RC
0.4.1
0.5a1
0.5b3
0.5C1  0.5c1
0.5
0.9.6
0.960923
1.0
1.1dev1
1.1_
1.1a1
1.1.0dev1  1.1.dev1
1.1.a1
1.1.0rc1
1.1.0  1.1
1.1.0post1  1.1.post1
1.1post1
1996.07.12
1!0.4.1
1!3.1.1.6
2!0.4.1
`
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/));

it('orders versions as conda documents it', () => {
  const ranked = documented.flatMap((equal, rank) => equal.map((version) => ({ version, rank })));
  for (const a of ranked) {
    for (const b of ranked) {
      const order = Math.sign(compareVersions(a.version, b.version));
      expect([a.version, b.version, order]).toEqual([a.version, b.version, Math.sign(a.rank - b.rank)]);
    }
  }
});

it.each`
  lower           | higher          | why
  ${'1.0.1_'}     | ${'1.0.1a'}     | ${'the last underscore of openssl stays with its number'}
  ${'1.0.1'}      | ${'1.0.1+1'}    | ${'what is local comes last'}
  ${'1.0+local1'} | ${'1.0+local2'} | ${'what is local is compared in the same way'}
  ${'1-1'}        | ${'1_2'}        | ${'dashes are underscores'}
  ${'9'}          | ${'10'}         | ${'numbers are numbers'}
`('puts $lower before $higher: $why', ({ lower, higher }: { lower: string; higher: string }) => {
  expect(Math.sign(compareVersions(lower, higher))).toBe(-1);
  expect(Math.sign(compareVersions(higher, lower))).toBe(1);
});
