import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { withRoot } from '../support/roots.js';
import { installDebs } from '../support/small-debs.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'dpkg-deb'] }));

it('finds the one of three packages that flips a test, and remembers what it built', async () => {
  await using root = await withRoot();
  await using cli = await freshCli();
  for (const version of ['1', '2']) {
    await installDebs(root, [
      { name: 'alpha', version, depends: `beta (= ${version})` },
      { name: 'beta', version },
      { name: 'gamma', version },
    ]);
    const where = ['-o', `v${version}.yml`, '--root', root.path, '--cwd', '/'];
    await cli.must(['trace', ...where, '--', 'sh', '-c', 'alpha; beta; gamma']);
  }
  // The test and what it reads are none of the variants' own.
  writeFileSync(join(cli.work, 'check'), 'test "$(gamma)" = "$(cat "$1/wanted")"\n');
  mkdirSync(join(cli.work, 'cases'));
  writeFileSync(join(cli.work, 'cases/wanted'), '1\n');
  const copies = ['--copy', 'check', '--copy', 'cases:/opt'];
  const test = ['sh', './check', '/opt/cases'];
  const bisect = (...args: string[]) => cli.run(['bisect', ...copies, ...args, '--', ...test]);
  const found = await bisect('--fresh', 'v1.yml', 'v2.yml');
  expect([found.code, found.stdout.trim()], found.stderr).toEqual([0, 'the test flips with gamma 1 -> 2 (debian)']);
  expect(found.stderr).toContain('passes with none of the differences');

  const again = JSON.parse((await bisect('--json', 'v1.yml', 'v2.yml')).stdout) as {
    readonly culprits: readonly string[];
    readonly groups: readonly (readonly string[])[];
    readonly tested: readonly { readonly remembered: boolean; readonly differences: readonly string[] }[];
  };
  expect(again.culprits).toEqual(['gamma 1 -> 2 (debian)']);
  expect(again.groups).toEqual([['alpha 1 -> 2 (debian)', 'beta 1 -> 2 (debian)'], ['gamma 1 -> 2 (debian)']]);
  expect(again.tested.map(({ remembered }) => remembered)).not.toContain(false);
  const alone = again.tested.filter(({ differences: [first, second] }) => first?.startsWith('alpha') && !second);
  expect(alone).toEqual([]);
  expect(JSON.parse((await cli.must(['ls', '--json'])).stdout)).toEqual([]);

  const wrong = await bisect('v2.yml', 'v1.yml');
  expect([wrong.code, wrong.stderr]).toEqual([
    6,
    expect.stringContaining('the test does not pass in v2.yml: exit code 1'),
  ]);
});
