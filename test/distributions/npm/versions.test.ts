import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareVersions } from '../../../src/distributions/npm/versions.js';
import { needs } from '../../support/needs.js';
import { randomNumbers } from '../../support/random.js';

describe('versions of npm', () => {
  it.each`
    lower              | higher
    ${'1.2.3'}         | ${'1.2.10'}
    ${'1.9.9'}         | ${'1.10.0'}
    ${'1.0.0-alpha'}   | ${'1.0.0-alpha.1'}
    ${'1.0.0-alpha.1'} | ${'1.0.0-alpha.beta'}
    ${'1.0.0-beta.2'}  | ${'1.0.0-beta.11'}
    ${'1.0.0-rc.1'}    | ${'1.0.0'}
    ${'1.0.0-9'}       | ${'1.0.0-a'}
    ${'no version'}    | ${'0.0.0'}
  `('puts $lower before $higher', ({ lower, higher }: { lower: string; higher: string }) => {
    expect(Math.sign(compareVersions(lower, higher))).toBe(-1);
    expect(Math.sign(compareVersions(higher, lower))).toBe(1);
  });

  it('takes no notice of what was built', () => {
    expect(compareVersions('1.0.0+one', '1.0.0+two')).toBe(0);
  });

  describe('beside the semver that npm itself has', () => {
    beforeEach(needs({ programs: ['npm'] }));

    it('puts any two in the same order', () => {
      const program = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
      const { compare } = createRequire(realpathSync(program))('semver') as { compare(a: string, b: string): number };
      const random = randomNumbers(20260101);
      const versions = Array.from({ length: 120 }, () => version(random));
      for (const a of versions) {
        for (const b of versions) expect([a, b, Math.sign(compareVersions(a, b))]).toEqual([a, b, compare(a, b)]);
      }
    });
  });
});

function version(random: (below: number) => number): string {
  const words = ['alpha', 'beta', 'rc', 'a', '0', '1', '2', '10', 'x-1', '1a', 'Z'];
  const release = [random(3), random(12), random(3)].join('.');
  const prerelease = Array.from({ length: random(4) }, () => words[random(words.length)]).join('.');
  return `${release}${prerelease ? `-${prerelease}` : ''}${random(4) === 0 ? '+build.7' : ''}`;
}
