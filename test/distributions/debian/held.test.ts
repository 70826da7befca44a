import { expect, it } from 'vitest';
import { describeHeld, heldIn, namesIn } from '../../../src/distributions/debian/held.js';

/** As apt 2.6 says it. */
const said = `Some packages could not be installed. This may mean that you have
requested an impossible situation
The following packages have unmet dependencies:
 jq : Depends: libjq1 (= 1.6-2.1) but 1.7.1-3 is to be installed
      Depends: libonig5:amd64 (>= 6) but it is not installable
 tool : Breaks: other (< 2) but 1.0 is to be installed
E: Unable to correct problems, you have held broken packages.
`;

it('tells who holds a package that another needs at another version', () => {
  const held = heldIn(said);
  expect([...namesIn(held)]).toEqual(['jq', 'libjq1', 'libonig5', 'tool', 'other']);
  expect(held.map((each) => describeHeld(each, ['libjq1=1.7.1-3', 'jq']))).toEqual([
    'jq needs libjq1 (= 1.6-2.1), which is held at 1.7.1-3, as it was asked for',
    'jq needs libonig5:amd64 (>= 6), which cannot be had',
    'tool does not go with other (< 2), which is held at 1.0 by what else is asked for',
  ]);
});
