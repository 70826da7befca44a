import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sshMachine } from '../../src/machines/ssh/index.js';
import { type AlpineSystem, alpineSystem, alpineTar } from '../support/alpine.js';
import { type Cli, freshCli } from '../support/cli.js';
import { type LivedIn, livedIn } from '../support/lived-in.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-native-apk-'));
const spec = join(folder, 'environment.yml');
const name = `apk-host-${process.pid}`;
let cli: Cli;
let machine: LivedIn;
let own: AlpineSystem;
let before: string;

beforeEach(needs({ root: true, programs: ['sshd', 'ssh', 'ssh-keygen', 'qemu-img', '/usr/sbin/debugfs'] }));
beforeEach(async (context) => {
  const tar = await alpineTar(context);
  if (machine) return;
  cli = await freshCli();
  own = await alpineSystem(folder, tar);
  await using server = await serveFolder(own.repository);
  const env = { REPROMAN_APK_REPOSITORIES: server.url, REPROMAN_UNSIGNED_REPOSITORIES: server.url };
  await cli.must(['resolve', 'greeter', '--on', own.release.replace(' ', ':'), '-o', spec], { env });
  machine = await livedIn(own.root);
});
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

afterEach(() => vi.unstubAllEnvs());

const options = () => ({ env: { PATH: `${machine.sshd.bin}:${process.env['PATH']}` } });
const create = (...more: string[]) => {
  const host = ['-b', `host=root@127.0.0.1:${machine.sshd.port}`];
  return ['create', '--json', '--backend', 'ssh:native', ...host, '--name', name, ...more, spec];
};
const read = (path: string) => readFileSync(join(machine.path, path), 'utf8');
const installed = () => (read('lib/apk/db/installed').match(/^P:.+\nV:.+$/gm) ?? []).sort();

/** As its owner would. */
function add(each: string): Promise<string> {
  const how = ['--quiet', '--no-network', '--allow-untrusted', '--force-non-repository'];
  return machine.inside(['/sbin/apk', 'add', ...how, `/packages/${each}.apk`]);
}

/** Packages, what was asked for, and files. */
async function contents(): Promise<string> {
  const listed = ['etc', 'opt', 'srv', 'usr'].map((each) => join(machine.path, each));
  const find = 'find "$@" -printf "%p %m %U:%G %l\\n" 2>/dev/null | sort';
  return `${installed().join('\n')}\n${read('etc/apk/world')}\n${await must(['sh', '-c', find, 'sh', ...listed])}`;
}

it('runs a program as an ordinary user, by BusyBox alone', async () => {
  vi.stubEnv('PATH', options().env.PATH);
  await using host = await sshMachine({ destination: 'root@127.0.0.1', port: machine.sshd.port });
  const argv = ['sh', '-c', 'id -u; id -g; grep ^Groups: /proc/self/status; env'];
  const environment = { PATH: '/usr/bin:/bin', 'a.b': "it's" };
  const started = (groups: readonly number[]) =>
    host.shell?.run(argv, { environment, user: { uid: 1234, gid: 4321, groups } });
  const ran = await started([]);
  expect(ran?.stdout.toString()).toMatch(/^1234\n4321\nGroups:\s*\n/);
  expect(ran?.stdout.toString()).toContain("a.b=it's\n");
  const refused = await started([7]);
  expect([refused?.exit.code, refused?.stderr.toString()]).toEqual([
    125,
    'no account has the uid 1234 and just the groups 7 4321: add the setpriv of util-linux\n',
  ]);
});

it('replaces no apk package that is there at another version', async () => {
  before = await contents();
  const { code, stdout } = await cli.run(create('--yes'), options());
  expect(JSON.parse(stdout).error.message).toMatch(/libgreet is at 1\.1-r0, not 1\.2-r0/);
  expect(code).toBe(5);
  expect(await contents()).toBe(before);
});

it('adds the apk packages that are lacking by the own apk of the machine, without a network, and is proved', async () => {
  await must(['cp', '-r', '--', join(own.repository, 'x86_64'), join(machine.path, 'packages')]);
  await add('libgreet-1.2-r0');
  before = await contents();
  const made = JSON.parse((await cli.must(create('--yes'), options())).stdout) as { proof: { ok: boolean } };
  expect(made.proof.ok).toBe(true);
  const others = before.match(/^P:.+\nV:.+$/gm) ?? [];
  expect(installed()).toEqual([...others, 'P:greeter\nV:1.0_rc2-r1'].sort());
  expect((await cli.must(['exec', name, '--', 'greet'], options())).stdout).toBe('hello, world\n');
  expect(read('var/lib/greeted')).toBe('made\n');
});

it('removes the apk packages that it added when it is deleted', async () => {
  await cli.must(['delete', '--yes', name], options());
  expect(await contents()).toBe(before);
});

it('leaves an apk package that another has come to need, and says so', async () => {
  await cli.must(create('--yes'), options());
  await add('admirer-1-r0');
  const { stderr } = await cli.must(['delete', '--yes', name], options());
  expect(stderr).toContain('stays: greeter 1.0_rc2-r1: other packages need it');
  expect(installed()).toContain('P:greeter\nV:1.0_rc2-r1');
});

it('adds the accounts that are lacking where there is no useradd, and removes them', async () => {
  const origin = join(folder, 'origin');
  await must(['cp', '-a', '--', own.root, origin]);
  const there = (...argv: readonly string[]) => must(['chroot', origin, ...argv]);
  await there('addgroup', '-g', '4321', 'people');
  await there(
    'adduser',
    '-D',
    '-H',
    '-u',
    '4320',
    '-G',
    'people',
    '-g',
    'Ada L.',
    '-h',
    '/nowhere',
    '-s',
    '/bin/sh',
    'ada',
  );
  await there('sh', '-c', 'echo told >/opt/notes && chown ada:people /opt/notes');
  const traced = join(folder, 'accounts.yml');
  await cli.must(['trace', '-o', traced, '--root', origin, '--cwd', '/', '--', 'cat', '/opt/notes']);
  const accounts = () => ['passwd', 'group', 'shadow'].map((file) => read(`etc/${file}`));
  const old = accounts();
  const argv = [...create('--yes').slice(0, -3), 'accounts', '--yes', traced];
  const made = JSON.parse((await cli.must(argv, options())).stdout) as { proof: { ok: boolean } };
  expect(made.proof.ok).toBe(true);
  expect(read('etc/passwd')).toContain('ada:x:4320:4321:Ada L.:/nowhere:/bin/sh\n');
  expect(read('etc/group')).toMatch(/^people:x:4321:/m);
  expect(read('etc/shadow')).toMatch(/^ada:!:/m);
  const { uid, gid } = statSync(join(machine.path, 'opt/notes'));
  expect([uid, gid]).toEqual([4320, 4321]);
  const { stderr } = await cli.must(['delete', '--yes', 'accounts'], options());
  expect([stderr, accounts()]).toEqual([expect.not.stringContaining('stays'), old]);
});
