import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareParts, compareVersions } from '../../../src/distributions/rpm/versions.js';
import { needs } from '../../support/needs.js';

describe('versions', () => {
  it.each([
    ['1.0-1', '1.0-2', -1],
    ['1.10-1', '1.9-1', 1],
    ['1:1.0-1', '2.0-1', 1],
    ['0:1.0-1', '1.0-1', 0],
    ['1.0~rc1-1', '1.0-1', -1],
    ['1.0^git1-1', '1.0-1', 1],
    ['1.0^git1-1', '1.0.1-1', -1],
    ['1.0-1', '1.0', 0],
    ['1.0a-1', '1.0.1-1', -1],
    ['1.0-1.fc40', '1.0-1.fc39', 1],
  ])('puts %s and %s in their order', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(0 - order);
  });
});

describe('parts of versions', () => {
  beforeEach(needs({ programs: ['rpm'] }));

  it('are in the order that rpm has them in', () => {
    const pairs = randomPairs(4000);
    const folder = mkdtempSync(join(tmpdir(), 'rpm-versions-'));
    try {
      const file = join(folder, 'pairs');
      writeFileSync(
        file,
        pairs
          .flat()
          .map((each) => `${each}\n`)
          .join(''),
      );
      const script = `local lines = io.lines("${file}"); for a in lines do print(rpm.vercmp(a, lines()) .. " ") end`;
      const answers = execFileSync('rpm', ['--eval', `%{lua: ${script}}`], { encoding: 'utf8' });
      const theirs = answers.trim().split(/\s+/).map(Number);
      const ours = pairs.map(([a, b]) => Math.sign(compareParts(a, b)) + 0);
      expect(theirs).toHaveLength(pairs.length);
      expect(pairs.filter((_, at) => ours[at] !== theirs[at])).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Always the same; near enough to one another that many are equal but for one place. */
function randomPairs(count: number): [string, string][] {
  let seed = 1;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const alphabet = ['0', '00', '1', '2', '10', 'a', 'b', 'Z', 'rc', '.', '..', '_', '+', '~', '^', '~~'];
  const word = (): string[] => Array.from({ length: 1 + next(6) }, () => alphabet[next(alphabet.length)] ?? '');
  return Array.from({ length: count }, () => {
    const first = word();
    const second = next(2) === 0 ? word() : first.map((part) => (next(4) === 0 ? (word()[0] ?? '') : part));
    return [first.join(''), second.join('')];
  });
}
