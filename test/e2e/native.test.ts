import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { expectRow, type MadeOnBackend } from '../support/every-backend.js';
import { pipeline } from '../support/inputs.js';
import { type LivedIn, livedIn } from '../support/lived-in.js';
import { place, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, archive: true, programs: ['sshd', 'ssh', 'ssh-keygen', 'strace', 'mmdebstrap'] }));

const origin = place('root', { takesBare: true });
const name = `lived-in-${process.pid}`;
let machine: LivedIn;
let traced: Traced;
let plain: MadeOnBackend;
let before: string;

/** A machine of the same release that has more than the environment, but not all of it. */
const prepare = shared(async () => {
  traced = await origin.trace(pipeline);
  const how = ['create', '--json', '--rerun', '--inputs', traced.folder, '--name', 'plain', traced.spec];
  plain = JSON.parse((await traced.cli.must(how)).stdout) as MadeOnBackend;
  machine = await livedIn(join(traced.cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/plain/tree'));
  await traced.cli.must(['delete', '--yes', 'plain']);
  await machine.inside(['dpkg', '--purge', 'jq', 'libjq1', 'libonig5']);
  await machine.inside(['sh', '-c', 'mkdir /opt/theirs; echo theirs > /opt/theirs/notes']);
  before = await contents();
});
beforeEach(prepare);

afterAll(async () => {
  await origin[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
});

/** With the ssh that knows the machine. */
function options(more: { readonly input?: string } = {}) {
  return { ...more, env: { PATH: `${machine.sshd.bin}:${process.env['PATH']}` } };
}

/** Packages and files, but what says when something was done. */
async function contents(): Promise<string> {
  const packages = await machine.inside(['dpkg-query', '-W']);
  const folders = ['etc', 'opt', 'root', 'srv', 'usr', 'var/lib/dpkg/info'];
  const listed = folders.map((folder) => join(machine.path, folder));
  const own = join(machine.path, 'root/.local');
  const find = 'own=$1; shift; find "$@" -path "$own" -prune -o -printf "%p %m %U:%G %l\\n" 2>/dev/null | sort';
  return `${packages}${await must(['sh', '-c', find, 'sh', own, ...listed])}`;
}

const create = (...more: string[]) => {
  const how = ['-b', `host=root@127.0.0.1:${machine.sshd.port}`, '--name', name, '--inputs', traced.folder];
  return ['create', '--json', '--backend', 'ssh:native', ...how, '--rerun', ...more, traced.spec];
};

it('shows what would be done, and does nothing where nobody agrees', async () => {
  const { code, stderr } = await traced.cli.run(
    create().filter((word) => word !== '--json'),
    options(),
  );
  expect(code).toBe(2);
  const versions = readFileSync(traced.spec, 'utf8').match(/jq=(\S+)/)?.[1];
  expect(stderr).toContain(`install debian jq ${versions}`);
  expect(stderr).not.toContain('install debian dash');
  expect(await contents()).toBe(before);
  expect((await traced.cli.must(['ls', '--json'])).stdout.trim()).toBe('[]');
});

it('adds what is lacking, is proved, and its run has the same outputs', async () => {
  const made = JSON.parse((await traced.cli.must(create('--yes'), options())).stdout) as MadeOnBackend;
  expect(made.proof?.ok).toBe(true);
  expect(made.proof?.reruns.flatMap(({ outputs }) => outputs.map(({ verdict }) => verdict))).toEqual(['equal']);
  expect(made.resource?.treeDigest).toBeUndefined();
  expect(made.resource?.environmentDigest).toBe(plain.resource?.environmentDigest);
  await expectRow('ssh:native', made, plain);
  const { stdout, code } = await traced.cli.run(
    ['exec', name, '--', 'sh', '-c', 'jq -n 1+1; cat; exit 7'],
    options({ input: 'in\n' }),
  );
  expect([stdout, code]).toEqual(['2\nin\n', 7]);
});

it('removes what it added when it is deleted, and nothing else', async () => {
  await traced.cli.must(['delete', '--yes', name], options());
  expect(await contents()).toBe(before);
});

it('replaces no package that is there at another version', async () => {
  const status = join(machine.path, 'var/lib/dpkg/status');
  const installed = readFileSync(status, 'utf8');
  writeFileSync(status, installed.replace(/(^Package: dash\n(?:\S.*\n)*?Version: ).*$/m, '$10.5.11-1'));
  const { code, stdout } = await traced.cli.run(create('--yes'), options());
  writeFileSync(status, installed);
  expect(code).toBe(5);
  expect(JSON.parse(stdout).error).toMatchObject({
    message: expect.stringContaining('dash is at 0.5.11-1, not '),
    remedy: expect.stringContaining('rootfs'),
  });
});

it('says where the release is another', async () => {
  const release = join(machine.path, 'usr/lib/os-release');
  writeFileSync(release, readFileSync(release, 'utf8').replace(/^VERSION_ID=.*$/m, 'VERSION_ID="99"'));
  const { code, stdout } = await traced.cli.run(create('--yes'), options());
  expect(code).toBe(5);
  expect(JSON.parse(stdout).error.message).toMatch(/ is 99, and the environment is of /);
});
