import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import type { Proof } from '../../src/proof/proof.js';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { place, rebuild, type Traced, writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';
import { withoutNamespaces } from '../support/without-namespaces.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap', 'proot', 'useradd'] }));

const root = place('root');
let traced: Traced;
let user: OrdinaryUser;
let cli: Cli;
const prepare = shared(async () => {
  traced = await root.trace(pipeline);
  user = await ordinaryUser({ isAlone: true });
  cli = await freshCli({ user: { ...user, become: [...withoutNamespaces, ...user.become] } });
  await using folder = await rebuild(traced, 'rootfs');
  await traced.cli.must(['export', folder.name, '-o', join(cli.work, 'tree.tar')]);
  for (const part of ['environment.yml', 'environment.d'])
    await must(['cp', '-r', join(dirname(traced.spec), part), cli.work]);
  writeFiles(join(cli.work, 'inputs'), pipeline.files);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, cli.work]);
});
beforeEach(prepare);

const make = shared(async () => {
  await cli.must(['import', 'tree.tar', '--spec', 'environment.yml', '--name', 'tree']);
});

afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await root[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
});

const sh = (script: string, code = 0) => cli.must(['exec', 'tree', '--', 'sh', '-c', script], { code });

it('is where users may make no namespaces, and says by what trees are entered there, and why', async () => {
  await expect(must([...withoutNamespaces, ...user.become, 'unshare', '--user', 'true'])).rejects.toThrow('No space');
  const { stdout } = await cli.must(['backends', 'rootfs']);
  expect(stdout).toMatch(/ready: entered by proot, .* users may make no namespaces \(unshare: /);
  expect((await cli.must(['backends', 'chroot'])).stdout).toMatch(/not ready: users may make no namespaces.*rootfs/);
});

it('says how to get proot where it is missing, and how packages come there all the same', async () => {
  await using own = await freshCli({
    user: { ...user, become: [...without('proot'), ...withoutNamespaces, ...user.become] },
  });
  const { stdout } = await own.must(['backends', 'rootfs']);
  expect(stdout).toMatch(/not ready: .*no namespaces.*proot is missing.*apt-get install proot/);
  const built = await cli.run(['create', '--name', 'built', 'environment.yml']);
  expect([built.code, built.stderr]).toEqual([3, expect.stringMatching(/reproman export.*reproman import/)]);
});

it('has the digest of the tree that it was made from, and is proved and run again with equal outputs', async () => {
  await make();
  const [digest] = traced.digests;
  const { treeDigest } = JSON.parse((await cli.must(['info', '--json', 'tree'])).stdout) as Resource;
  expect(treeDigest).toBe(digest);
  const { stdout } = await cli.must(['verify', '--rerun', '--inputs', 'inputs', '--json', 'tree']);
  const proof = JSON.parse(stdout) as Proof;
  const outputs = [expect.objectContaining({ path: expect.stringMatching(/sorted\.txt$/), verdict: 'equal' })];
  expect(proof).toMatchObject({ ok: true, reruns: [{ exit: { verdict: 'equal' }, outputs }] });
  expect(proof.reruns[0]?.unproved.join()).toMatch(/could not be traced here.*files that it used were not compared/);
});

it('is created from a tree that was built where packages can be installed, as a spec and as a bundle', async () => {
  const [digest] = traced.digests;
  const trees = ({ env }: Cli) => join(env['XDG_CACHE_HOME'] ?? '', 'reproman/store/trees');
  await using elsewhere = await freshCli({ ownStore: true });
  const [spec, bundle] = [join(cli.work, 'environment.yml'), join(cli.work, 'environment.repro')];
  await elsewhere.must(['create', '--name', 'built', spec]);
  await elsewhere.must(['pack', spec, '-o', bundle]);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, cli.work]);
  await using bare = await freshCli({
    user: { ...user, become: [...without('mmdebstrap'), ...withoutNamespaces, ...user.become] },
  });
  for (const each of [spec, bundle]) {
    const { code, stderr } = await bare.run(['create', '--name', 'tree', each]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/has no range of subordinate ids.*from the same store/)]);
  }
  await must(['cp', '-r', trees(elsewhere), dirname(trees(bare))]);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, bare.env['XDG_CACHE_HOME'] ?? '']);
  for (const [name, each] of [
    ['of-spec', spec],
    ['of-bundle', bundle],
  ] as const) {
    const how = ['--rerun', '--inputs', join(cli.work, 'inputs'), '--json', '--name', name];
    const { stdout } = await bare.must(['create', ...how, each]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ taken: 'finished', resource: { treeDigest: digest } },
      proof: { ok: true, reruns: [{ exit: { verdict: 'equal' }, outputs: [{ verdict: 'equal' }] }] },
    });
    expect((await bare.must(['exec', name, '--', 'id', '-u'])).stdout).toBe('0\n');
  }
});

it('runs programs with their input and exit code, which see themselves as root', async () => {
  await make();
  expect((await cli.must(['exec', 'tree', '--', 'cat'], { input: 'told\n' })).stdout).toBe('told\n');
  expect((await sh('id -u; id -g; echo error >&2; exit 7', 7)).stdout).toBe('0\n0\n');
  expect((await sh('kill -TERM $$', 143)).stderr).toBe('');
  expect((await cli.must(['exec', 'tree', '--', 'no-such-program'], { code: 127 })).stderr).toMatch(
    /not found|No such file/,
  );
});

it('shows no file of the host in the place of one of the tree, whichever system call asks', async () => {
  await make();
  // statx, faccessat2 and renameat2 are younger than proot.
  await sh('echo mine > /srv/of-the-tree; mv -n /srv/of-the-tree /srv/moved; ls -l /srv/moved; [ -r /srv/moved ]');
  expect(existsSync('/srv/moved')).toBe(false);
  const passwd = await must(['stat', '-c', '%i', join(folderOf(cli), 'tree/etc/passwd')]);
  expect((await sh('stat -c %i /etc/passwd')).stdout).toBe(passwd);
});

it('ends all that a program left behind, and leaves nothing when it is killed itself', async () => {
  await make();
  const long = `${300_000 + process.pid}`;
  expect((await sh(`sleep ${long} >/dev/null 2>&1 & exit 5`, 5)).stdout).toBe('');
  expect(await settled(() => sleepers(long))).toEqual([]);
  const [program = '', ...entry] = cli.program;
  const argv = [...entry, 'exec', 'tree', '--', 'sh', '-c', `echo up; setsid sleep ${long} & sleep ${long}`];
  const child = spawn(program, argv, { env: cli.env, cwd: cli.work, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await settled(() => sleepers(long))).toEqual([]);
  expect(await settled(() => readdirSync('/tmp').filter((name) => name.startsWith('reproman-run-')))).toEqual([]);
});

it('ends as a program does that is told to end', async () => {
  await make();
  const [program = '', ...entry] = cli.program;
  const script = 'trap "echo told; exit 3" TERM; echo up; while :; do sleep 0.1; done';
  const argv = [...entry, 'exec', 'tree', '--', 'sh', '-c', script];
  const child = spawn(program, argv, { env: cli.env, cwd: cli.work, stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  while (!said.includes('up')) await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await closed).toEqual([3, null]);
  expect(said).toBe('up\ntold\n');
});

it('keeps what is written, copies it both ways, and cannot be traced in', async () => {
  await make();
  await cli.must(['cp', 'environment.yml', 'tree:/srv/one.yml']);
  await cli.must(['cp', 'tree:/srv/one.yml', 'back.yml']);
  expect(readFileSync(join(cli.work, 'back.yml'))).toEqual(readFileSync(join(cli.work, 'environment.yml')));
  const { stderr } = await cli.run(['trace', '--resource', 'tree', '-o', 'traced.yml', '--', 'true']);
  expect(stderr).toMatch(/nothing can be traced on rootfs tree: proot watches its programs by ptrace/);
});

it('goes with all that the user could not read in it any more', async () => {
  await make();
  await sh('mkdir -p /srv/shut/in; touch /srv/shut/in/file; chmod 0000 /srv/shut/in/file /srv/shut/in /srv/shut');
  const { stdout } = await cli.run(['diff', '--json', 'tree.tar', 'tree']);
  expect(stdout).toContain('/srv/shut/in/file');
  const folder = folderOf(cli);
  await cli.must(['delete', '--yes', 'tree']);
  expect(existsSync(folder)).toBe(false);
  expect(await settled(() => remains(cli))).toEqual([]);
});

/** The argument list that runs what follows where a program of the machine is none. */
function without(program: string): string[] {
  const script = 'mount --bind /dev/null "$(command -v "$0")"; exec "$@"';
  return ['unshare', '--mount', '--propagation=private', 'sh', '-ec', script, program];
}

function folderOf({ env }: Cli): string {
  return join(env['XDG_DATA_HOME'] ?? '', 'reproman/trees/tree');
}

function sleepers(seconds: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && lineOf(pid).includes(`sleep\0${seconds}`));
}

function lineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** What is still there after as long as it may take. */
async function settled<Item>(left: () => Item[] | Promise<Item[]>): Promise<Item[]> {
  for (let patience = 50; patience > 0; patience--) {
    if ((await left()).length === 0) return [];
    await sleep(100);
  }
  return left();
}
