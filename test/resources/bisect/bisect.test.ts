import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bisect } from '../../../src/resources/bisect/bisect.js';
import { openMemory, type VariantResult } from '../../../src/resources/bisect/memory.js';
import type { LockedSpecification } from '../../../src/spec/specification.js';
import { deb, debianHalf, locked } from '../../spec/differences/specs.js';

const spec = (version: string, ...names: string[]) => {
  const tools = ['tool', 'library'].map((name) =>
    deb(name, version, { Depends: name === 'tool' ? `library (= ${version})` : '' }),
  );
  return locked([debianHalf([...names.map((name) => deb(name, version)), ...tools])]) as LockedSpecification;
};
const [one, other] = [spec('1', 'alpha', 'beta', 'gamma'), spec('2', 'alpha', 'beta', 'gamma')];
const exit = (code: number | 'timeout', said = ''): VariantResult => ({ exit: code, said });

/** Bisects with a test that says this of each variant, by what it has of the second spec. */
async function bisected(result: (has: (name: string) => boolean) => VariantResult) {
  const built: string[][] = [];
  const found = await bisect({
    ...{ one, other, names: ['old.yml', 'new.yml'] },
    attempt: async (chosen) => {
      built.push(chosen.map(({ text }) => text.split(' ')[0] ?? ''));
      return { result: result((name) => built.at(-1)?.includes(name) === true), remembered: false };
    },
    tell: () => undefined,
  });
  return { ...found, built };
}

describe('bisect', () => {
  it('names the one change that flips the test, after seeing that the first spec passes and the second fails', async () => {
    const { culprits, tested, built } = await bisected((has) => exit(has('beta') ? 1 : 0));
    expect(culprits).toEqual(['beta 1 -> 2 (debian)']);
    expect(tested.slice(0, 2).map(({ differences, outcome }) => [differences.length, outcome])).toEqual([
      [0, 'passes'],
      [5, 'fails'],
    ]);
    expect(tested.at(-1)?.suspects).toBeLessThanOrEqual(2);
    expect(built).toHaveLength(tested.length);
  });

  it('moves together what depends on each other, and builds neither alone', async () => {
    const { culprits, groups, built } = await bisected((has) => exit(has('library') ? 3 : 0));
    expect(culprits).toEqual(['tool 1 -> 2 (debian)', 'library 1 -> 2 (debian)']);
    expect(groups).toContainEqual(culprits);
    expect(built.filter((names) => names.includes('tool') !== names.includes('library'))).toEqual([]);
  });

  it('takes a variant that cannot be built, or fails in another way, for neither good nor bad', async () => {
    const { culprits, tested } = await bisected((has) => {
      if (has('alpha') && has('beta')) return exit(1);
      if (has('alpha')) return { unresolved: 'it cannot be built: apt says no' };
      return exit(has('beta') ? 127 : 0);
    });
    expect(culprits).toEqual(['alpha 1 -> 2 (debian)', 'beta 1 -> 2 (debian)']);
    expect(tested.map(({ outcome }) => outcome)).toContain('unresolved');
  });

  it('finds what makes a test hang', async () => {
    expect((await bisected((has) => exit(has('gamma') ? 'timeout' : 0))).culprits).toEqual(['gamma 1 -> 2 (debian)']);
  });

  it.each([
    ['the first spec fails too', () => exit(1, 'no\nbroken'), /does not pass in old.yml: exit code 1 \(broken\)/],
    ['the second passes too', () => exit(0), /does not fail in new.yml: exit code 0/],
    ['the second cannot be told', (all: boolean) => exit(all ? 125 : 0), /does not fail in new.yml: exit code 125/],
    [
      'the second cannot be built',
      (all: boolean): VariantResult => (all ? { unresolved: 'it cannot be built: no jq' } : exit(0)),
      /does not fail in new.yml: it cannot be built: no jq/,
    ],
  ])('says so where %s', async (_what, result, message) => {
    await expect(bisected((has) => result(has('gamma')))).rejects.toMatchObject({
      kind: 'not-proved',
      message: expect.stringMatching(message),
    });
  });

  it('says that there is nothing between two equal specs', async () => {
    const attempt = async () => expect.unreachable('it was built');
    const asked = { one, other: one, names: ['a.yml', 'b.yml'] as const, attempt, tell: () => undefined };
    await expect(bisect(asked)).rejects.toMatchObject({ message: expect.stringContaining('the same environment') });
  });
});

describe('the memory of a bisection', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'memory-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps what each variant came to, for the same test only, also behind a line that a kill cut off', async () => {
    const test = { test: ['true'] };
    await (await openMemory(test, { folder })).add('first', exit(1, 'why'));
    for (const file of readdirSync(folder)) appendFileSync(join(folder, file), '\n{"plan": "sec');
    await (await openMemory(test, { folder })).add('third', { unresolved: 'no' });
    const again = await openMemory(test, { folder });
    expect([again.get('first'), again.get('sec'), again.get('third')]).toEqual([
      exit(1, 'why'),
      undefined,
      { unresolved: 'no' },
    ]);
    expect((await openMemory({ test: ['false'] }, { folder })).get('first')).toBeUndefined();
    expect((await openMemory(test, { folder, fresh: true })).get('first')).toBeUndefined();
  });
});
