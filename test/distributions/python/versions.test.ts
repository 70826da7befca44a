import { describe, expect, it } from 'vitest';
import { parseSpecifiers, satisfies } from '../../../src/distributions/python/specifiers.js';
import { compareVersions, parseVersion } from '../../../src/distributions/python/versions.js';
import { randomNumbers } from '../../support/random.js';
import { asked, needsPip } from './packaging.js';

describe('versions of Python packages', () => {
  it.each([
    ['1.0', '=', '1'],
    ['1.0.dev1', '<', '1.0a1'],
    ['1.0a1', '<', '1.0b1'],
    ['1.0rc1', '<', '1.0'],
    ['1.0', '<', '1.0.post1'],
    ['1.0.post1.dev2', '<', '1.0.post1'],
    ['1.0', '<', '1.0+local'],
    ['1.0+abc', '<', '1.0+1'],
    ['2013.10', '<', '1!1.0'],
    ['1.0-1', '=', '1.0.post1'],
    ['v1.0ALPHA', '=', '1.0a0'],
    ['1.9', '<', '1.10'],
    ['no version', '<', '0.dev0'],
  ])('orders %s %s %s', (a, sign, b) => {
    const order = Math.sign(compareVersions(a, b));
    expect(order).toBe({ '<': -1, '=': 0, '>': 1 }[sign]);
    expect(Math.sign(compareVersions(b, a)) + order).toBe(0);
  });

  it('are ordered, bounded and refused as packaging does', async (context) => {
    await needsPip(context);
    const number = randomNumbers(11);
    const pick = (...choices: string[]): string => choices[number(choices.length)] ?? '';
    const version = (): string =>
      [
        pick('', '', '', '1!', 'v'),
        pick('0', '1', '1.0', '1.2', '1.2.3', '1.10', '01.2', '20230101120000000001'),
        pick('', '', '', 'a1', '-alpha', 'b', '_rc.2', 'c3', 'pre'),
        pick('', '', '', '.post1', '-1', 'rev2', 'post'),
        pick('', '', '', '.dev1', 'dev', '-dev3'),
        pick('', '', '', '+a.1', '+1', '+a-2', '+', 'x'),
      ].join('');
    const pairs = Array.from({ length: 3000 }, () => [version(), version()] as const);
    const order = `import pip._vendor.packaging.version as v
def of(text):
    try: return v.Version(text)
    except v.InvalidVersion: return None
def order(a, b):
    a, b = of(a), of(b)
    return None if a is None or b is None else (a > b) - (a < b)`;
    const theirs = asked<number | null>(order, 'order(*e)', pairs);
    const ours = pairs.map(([a, b]) => {
      return parseVersion(a) && parseVersion(b) ? Math.sign(compareVersions(a, b)) : null;
    });
    expect(pairs.filter((_, at) => ours[at] !== theirs[at])).toEqual([]);
    expect(new Set(theirs)).toEqual(new Set([-1, 0, 1, null]));

    // No prefix is longer than a release: old packaging takes what follows a short release for a part of it.
    const bound = (): string => {
      const plain = `${pick('1', '1.2', '1.2.3', '0.0')}${pick('', '', 'a1', '.post1', '.dev1')}`;
      return pick(
        `~=1.${pick('0', '2', '2a1', '10.post1')}`,
        `==${plain}`,
        `!=${plain}`,
        `<=${plain}`,
        `>=${plain}`,
        `<${plain}`,
        `>${plain}`,
        `==${pick('1', '0')}.*`,
        `!=1.*`,
        `>=1,<${plain}`,
      );
    };
    const cases = pairs.flatMap(([one]) => (parseVersion(one) ? [[bound(), one] as const] : []));
    const allowed = asked<boolean>(
      'from pip._vendor.packaging.specifiers import SpecifierSet',
      'SpecifierSet(e[0], prereleases=True).contains(e[1])',
      cases,
    );
    const found = cases.map(([specifier, one]) => satisfies(one, parseSpecifiers(specifier) ?? []));
    expect(cases.filter((_, at) => found[at] !== allowed[at])).toEqual([]);
    expect(new Set(allowed)).toEqual(new Set([true, false]));
  });
});
