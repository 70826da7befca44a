import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { type LivedIn, livedIn } from '../support/lived-in.js';
import { needs, shared } from '../support/needs.js';
import { rpmIn } from '../support/rpm.js';
import { otherRpmSystem } from '../support/rpm-other-system.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';

const programs = ['rpm', 'rpmbuild', 'busybox', 'dnf', 'createrepo_c', 'sshd', 'ssh', 'ssh-keygen'];
const folder = mkdtempSync(join(tmpdir(), 'reproman-native-rpm-'));
const spec = join(folder, 'environment.yml');
const name = `rpm-host-${process.pid}`;
let cli: Cli;
let machine: LivedIn;
let before: string;

/** A machine of a system that dnf installed, which has packages of the environment at other versions at first. */
const prepare = shared(async () => {
  cli = await freshCli();
  const { root, repository } = await otherRpmSystem(folder);
  await using server = await serveFolder(repository);
  const env = { REPROMAN_RPM_REPOSITORIES: server.url, REPROMAN_UNSIGNED_REPOSITORIES: server.url };
  await cli.must(['resolve', 'greeter', '--on', 'rpm:example 40', '-o', spec], { env });
  machine = await livedIn(root);
});
beforeEach(needs({ root: true, programs }));
beforeEach(prepare);
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const options = () => ({ env: { PATH: `${machine.sshd.bin}:${process.env['PATH']}` } });
const create = (...more: string[]) => {
  const host = ['-b', `host=root@127.0.0.1:${machine.sshd.port}`];
  return ['create', '--json', '--backend', 'ssh:native', ...host, '--name', name, ...more, spec];
};
const installed = async () => (await machine.inside(['rpm', '-qa'])).split('\n').filter(Boolean).sort().join('\n');

/** As its owner would. */
function upgrade(...packages: readonly string[]): Promise<string> {
  const files = packages.map((each) => join(folder, 'repository', `${each}.rpm`));
  return must([...rpmIn(machine.path), '--upgrade', '--nodeps', ...files]);
}

/** Packages and files; rpm leaves folders that no package has as its own. */
async function contents(): Promise<string> {
  const listed = ['etc', 'opt', 'srv', 'usr', 'var/lib/greeter'].map((each) => join(machine.path, each));
  const find = 'find "$@" ! -type d -printf "%p %m %U:%G %l\\n" 2>/dev/null | sort';
  return `${await installed()}\n${await must(['sh', '-c', find, 'sh', ...listed])}`;
}

it('replaces no rpm package that is there at another version', async () => {
  before = await contents();
  const { code, stdout } = await cli.run(create('--yes'), options());
  expect(code).toBe(5);
  expect(JSON.parse(stdout).error.message).toMatch(
    /filesystem is at 3\.18-7, not 3\.18-8; greeter-data is at 1-1, not 2-1/,
  );
  expect(await contents()).toBe(before);
});

it('adds the rpm packages that are lacking by the own rpm of the machine, without a network, and is proved', async () => {
  await upgrade('filesystem-3.18-8.x86_64', 'greeter-data-2-1.noarch');
  before = await contents();
  const made = JSON.parse((await cli.must(create('--yes'), options())).stdout) as { proof: { ok: boolean } };
  expect(made.proof.ok).toBe(true);
  expect(await installed()).toBe(
    [...before.split('\n').filter((line) => /^\S+\.(?:noarch|x86_64)$/.test(line)), 'greeter-1.0~rc1-3.noarch']
      .sort()
      .join('\n'),
  );
  expect(await machine.inside(['rpm', '--verify', 'greeter', '--noghost'])).toBe('');
  expect((await cli.must(['exec', name, '--', 'greet'], options())).stdout).toBe('hello, world, made\n');
});

it('removes the rpm packages that it added when it is deleted', async () => {
  await cli.must(['delete', '--yes', name], options());
  expect(await contents()).toBe(before);
});

it('leaves an rpm package that another has come to need, and says so', async () => {
  await cli.must(create('--yes'), options());
  await upgrade('admirer-1-1.noarch');
  const { stderr } = await cli.must(['delete', '--yes', name], options());
  expect(stderr).toContain('stays: greeter 2:1.0~rc1-3: other packages need it');
  expect(await installed()).toContain('greeter-1.0~rc1-3.noarch');
});
