import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { withRoot } from '../support/roots.js';
import { installDebs } from '../support/small-debs.js';

beforeEach(needs({ root: true, archive: true, docker: true, programs: ['mmdebstrap', 'dpkg-deb'] }));

interface Shrunk {
  readonly before: { readonly files: number; readonly size: number; readonly tar: number };
  readonly after: Shrunk['before'];
  readonly dropped: readonly string[];
  readonly putBack: readonly string[];
  readonly tree: { readonly ok: boolean };
}

it('shrinks a spec to its packages and to its files, puts back what is missing, and builds that anywhere', async () => {
  await using root = await withRoot();
  await using cli = await freshCli();
  const names = { 'usr/share/names/one': 'x\n', 'usr/share/names/two': 'y\n' };
  await installDebs(root, [
    { name: 'names', version: '1', files: names },
    { name: 'other', version: '1' },
  ]);
  const inputs = join(root.path, 'srv/shrink');
  mkdirSync(inputs);
  writeFiles(inputs, { 'in.json': '{"b":2}\n{"a":1}\n' });
  const where = ['-o', 'whole.yml', '--root', root.path, '--cwd', '/srv/shrink'];
  const trace = (...argv: string[]) => cli.must(['trace', ...where, ...argv]);
  await trace('--', 'sh', '-c', '(jq -c . in.json | sort; ls /usr/share/names) > out.txt');
  await trace('--append', '--', 'other');
  // Of two runs one goes: what only that one used is no more needed.
  const whole = join(cli.work, 'whole.yml');
  const [first = '', ...others] = readFileSync(whole, 'utf8').split(/^ {2}- id: /m);
  const rest = others.filter((text) => !text.startsWith('other')).map((text) => `  - id: ${text}`);
  writeFileSync(whole, [first, ...rest].join(''));

  const shrink = async (...args: string[]) => {
    const { stdout } = await cli.must(['shrink', '--json', '--inputs', inputs, 'whole.yml', ...args]);
    return JSON.parse(stdout) as Shrunk;
  };
  const packages = await shrink('-o', 'packages.yml');
  expect(packages).toMatchObject({ dropped: ['other 1 (debian)'], putBack: [], tree: { ok: true } });
  expect(packages.after.files).toBeLessThan(packages.before.files);

  const files = await shrink('--files', '-o', 'files.yml');
  // Nothing opened them: their names alone are in the output.
  expect(files.putBack).toEqual(['/usr/share/names/one', '/usr/share/names/two']);
  expect(files).toMatchObject({ before: packages.before, tree: { ok: true } });
  expect(files.after.size).toBeLessThan(files.before.size / 10);
  expect(files.after.tar).toBeLessThan(files.before.tar / 10);
  const created = await cli.run([
    'create',
    '--backend',
    'docker',
    '--rerun',
    '--inputs',
    inputs,
    '--name',
    's',
    'files.yml',
  ]);
  expect([created.code, created.stdout], created.stderr).toEqual([
    0,
    expect.stringMatching(/output \S+out.txt: equal/),
  ]);
  expect((await cli.run(['exec', 's', '--', 'other'])).code).toBe(127);
});
