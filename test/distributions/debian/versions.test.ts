import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compareVersions, satisfiesVersion } from '../../../src/distributions/debian/versions.js';

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

describe('compareVersions', () => {
  it.each([
    ['1.0', '<', '1.1'],
    ['1.0~rc1', '<', '1.0'],
    ['1.0~~', '<', '1.0~'],
    ['1.0', '<', '1.0a'],
    ['1.0a', '<', '1.0+'],
    ['2:0.1', '>', '1:9'],
    ['1.0-1', '<', '1.0-1+b1'],
    ['1.0', '<', '1.0-1'],
    ['1.10', '>', '1.9'],
    ['1.01', '=', '1.1'],
    ['0:1', '=', '1'],
    ['1-0', '=', '1'],
    ['20230101120000000001', '>', '20230101120000000000'],
    ['1.6-2.1+deb12u2', '<', '1.6-2.1+deb12u3'],
  ])('orders %s %s %s', (a, sign, b) => {
    const order = Math.sign(compareVersions(a, b));
    expect(order).toBe({ '<': -1, '=': 0, '>': 1 }[sign]);
    expect(Math.sign(compareVersions(b, a)) + order).toBe(0);
  });

  it('satisfies the relations of dependency fields', () => {
    expect(satisfiesVersion('1.2', '>=', '1.2')).toBe(true);
    expect(satisfiesVersion('1.2', '>>', '1.2')).toBe(false);
    expect(satisfiesVersion('1.2~', '<<', '1.2')).toBe(true);
    expect(satisfiesVersion('1.2-1', '=', '1.2')).toBe(false);
  });

  // Sorting by a shell loop over one process: `dpkg --compare-versions` is asked in a batch, not once per test.
  it.skipIf(!hasDpkg)('agrees with dpkg on random versions (skipped where there is no dpkg)', () => {
    const pick = (text: string): string => text[Math.floor(Math.random() * text.length)] ?? '';
    const word = (letters: string, most: number): string =>
      Array.from({ length: 1 + Math.floor(Math.random() * most) }, () => pick(letters)).join('');
    const version = (): string =>
      `${Math.random() < 0.2 ? `${word('012', 1)}:` : ''}${word('0123', 1)}${word('019a~+.Z', 5)}${Math.random() < 0.5 ? `-${word('01b~+.', 4)}` : ''}`;
    const pairs = Array.from({ length: 400 }, () => [version(), version()] as const);
    const script =
      'while read -r a b; do dpkg --compare-versions "$a" lt "$b" && echo -1 || { dpkg --compare-versions "$a" eq "$b" && echo 0 || echo 1; }; done';
    const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
    const { stdout } = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
    const theirs = stdout.trim().split('\n').map(Number);
    const ours = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
    expect(pairs.filter((_, at) => ours[at] !== theirs[at])).toEqual([]);
  });
});
