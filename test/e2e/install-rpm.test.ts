import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { rpmIn } from '../support/rpm.js';
import { otherRpmSystem } from '../support/rpm-other-system.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';

const programs = ['rpm', 'rpmbuild', 'busybox', 'dnf', 'createrepo_c'];
const folder = mkdtempSync(join(tmpdir(), 'reproman-install-rpm-'));
let cli: Cli;

/** Specs of two repositories, of which one has some packages at other versions. */
const made = shared(async () => {
  cli = await freshCli();
  await otherRpmSystem(folder);
  await using server = await serveFolder(folder);
  const resolve = async (name: string, from: string, ...packages: readonly string[]) => {
    const url = `${server.url}/${from}`;
    const env = { REPROMAN_RPM_REPOSITORIES: url, REPROMAN_UNSIGNED_REPOSITORIES: url };
    mkdirSync(join(folder, name));
    await cli.must(['resolve', ...packages, '--on', 'rpm:example 40', '-o', specOf(name)], { env });
  };
  await resolve('data', 'repository', 'greeter-data', 'spare');
  await resolve('more', 'repository', 'greeter');
  await resolve('other', 'packages', 'greeter', 'spare');
  await cli.must(['create', '--name', 'lab', '--backend', 'rootfs', specOf('data')]);
});
beforeEach(needs({ root: true, programs }));
beforeEach(made);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function specOf(name: string): string {
  return join(folder, name, 'environment.yml');
}

/** Of those that the specs name. */
async function installed(): Promise<string[]> {
  const tree = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/lab/tree');
  const names = (await must([...rpmIn(tree), '-qa'])).split('\n');
  return names.filter((name) => /^(?:greeter|spare|filesystem)/.test(name)).sort();
}

interface Changed {
  readonly proof: { readonly ok: boolean };
}

it('adds rpm packages to an environment that was built', async () => {
  expect(await installed()).toEqual(['filesystem-3.18-8.x86_64', 'greeter-data-2-1.noarch', 'spare-1-1.noarch']);
  const { stdout } = await cli.must(['install', 'lab', specOf('more'), '--json']);
  const { proof, missing } = JSON.parse(stdout) as Changed & { missing: string[] };
  expect(missing[0]).toBe('rpm greeter 2:1.0~rc1-3');
  expect(proof.ok).toBe(true);
  expect(await installed()).toEqual([
    ...['filesystem-3.18-8.x86_64', 'greeter-1.0~rc1-3.noarch', 'greeter-data-2-1.noarch', 'spare-1-1.noarch'],
  ]);
  expect((await cli.must(['exec', 'lab', '--', 'greet'])).stdout).toBe('hello, world, made\n');
});

it('leaves what was changed in an environment since it was made, and says so', async () => {
  await cli.must(['create', '--name', 'lived-in', '--backend', 'rootfs', specOf('data')]);
  await cli.must(['exec', 'lived-in', '--', 'sh', '-c', 'echo mine >>/etc/profile']);
  const { stdout } = await cli.run(['install', 'lived-in', specOf('more'), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ left: ['/etc/profile'] });
  expect((await cli.must(['exec', 'lived-in', '--', 'cat', '/etc/profile'])).stdout).toBe('umask 022\nmine\n');
  expect((await cli.must(['exec', 'lived-in', '--', 'greet'])).stdout).toBe('hello, world, made\n');
});

it('makes newer and older rpm packages of those that are there, and takes one out again', async () => {
  const upgraded = await cli.must(['upgrade', 'lab', specOf('other'), '--yes', '--json']);
  expect(JSON.parse(upgraded.stdout)).toMatchObject({ isAsCreated: true, proof: { ok: true } });
  const others = [
    'filesystem-3.18-7.x86_64',
    'greeter-1.0~rc1-3.noarch',
    'greeter-data-1-1.noarch',
    'spare-2-1.noarch',
  ];
  expect(await installed()).toEqual(others);
  await cli.must(['uninstall', 'lab', 'greeter', '--yes']);
  expect(await installed()).toEqual(['filesystem-3.18-7.x86_64', 'spare-2-1.noarch']);
});
