import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import type { Proof } from '../../src/proof/proof.js';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { place, rebuild, type Traced, writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { buildWheel, pip, python, writeProject } from '../support/python.js';
import { type PythonIndex, servePythonIndex } from '../support/python-index.js';
import { remains } from '../support/remains.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'strace', 'useradd', 'cc', python, pip] }));

/** Their scripts make users and groups, and give them files, some of them set-gid. */
const packages = ['openssh-client', 'man-db', 'plocate', 'uuid-runtime', 'python3', 'python:tool'];
const more = ['cron', 'dbus'];

const origin = place('root');
let folder: string;
let index: PythonIndex;
let user: OrdinaryUser;
let root: Cli;
let cli: Cli;
const prepare = shared(async () => {
  folder = mkdtempSync(join(tmpdir(), 'many-ids-'));
  writeProject(join(folder, 'tool'), 'tool', { version: '1.0', source: 'print("tool")\n', requires: [] });
  buildWheel(join(folder, 'tool'), join(folder, 'wheels'));
  index = await servePythonIndex(join(folder, 'wheels'));
  user = await ordinaryUser({ isAlone: true });
  [root, cli] = [await freshCli(), await freshCli({ user })];
  await resolveFor('one', packages);
  await resolveFor('two', [...packages, ...more]);
});
beforeEach(prepare);

afterAll(async () => {
  for (const each of [cli, root, origin, user, index]) await each?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

/** A spec of these packages in the folders of both. */
async function resolveFor(spec: string, wanted: readonly string[]): Promise<void> {
  const env = { PIP_INDEX_URL: index.url, PIP_EXTRA_INDEX_URL: '' };
  const cwd = join(root.work, spec);
  await must(['mkdir', cwd]);
  await root.must(['resolve', ...wanted, '--on', 'debian:12'], { env, cwd });
  await must(['cp', '-r', cwd, cli.work]);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, cli.work]);
}

const env = () => ({ PIP_INDEX_URL: index.url, PIP_EXTRA_INDEX_URL: '' });

async function digestOf(of: Cli, name: string): Promise<string | undefined> {
  const { treeDigest } = JSON.parse((await of.must(['info', '--json', name])).stdout) as Resource;
  return treeDigest;
}

const create = (of: Cli) => of.must(['create', '--fresh', '--name', 'made', 'one/environment.yml'], { env: env() });
const make = shared(async () => {
  await create(root);
  await create(cli);
});

/** Owners and modes as a tar of the tree has them. */
async function listed(of: Cli): Promise<string[]> {
  const file = join(of.work, 'tree.tar');
  await of.must(['export', 'made', '-o', file]);
  const lines = (await must(['tar', '--numeric-owner', '-tvf', file])).split('\n');
  rmSync(file);
  return lines.map((line) => line.split(/\s+/)).flatMap(([mode, owner, , , , path]) => `${mode} ${owner} ${path}`);
}

it('says that it builds with one id', async () => {
  const { stdout } = await cli.must(['backends', 'rootfs']);
  expect(stdout).toMatch(/ready: .*packages.*reproman-ids/);
});

it('has of packages with users of their own the very tree that root has', async () => {
  await make();
  expect(await digestOf(cli, 'made')).toBe(await digestOf(root, 'made'));
  const owners = readFileSync(join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/made/tree.owners'), 'utf8');
  expect(owners).toMatch(/\["\/usr\/bin\/ssh-agent",0,\d\d\d\]/);
  const tool = ['exec', 'made', '--', '/opt/venv/bin/python', '-B', '-c', 'import tool'];
  expect((await cli.must(tool)).stdout).toBe('tool\n');
});

it('installs more, also where that was killed while packages were given to their users', async () => {
  await make();
  await root.must(['install', 'made', 'two/environment.yml'], { env: env() });
  const [node = '', ...entry] = cli.program;
  const argv = [...entry, 'install', 'made', 'two/environment.yml'];
  const child = spawn(node, argv, { env: { ...cli.env, ...env() }, cwd: cli.work, stdio: 'ignore' });
  const since = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/made/tree.owners.since');
  for (let times = 0; times < 3000 && (!existsSync(since) || statSync(since).size === 0); times++) await sleep(10);
  expect(child.exitCode).toBe(null);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await cli.must(['install', 'made', 'two/environment.yml'], { env: env() });
  const [theirs, own] = [await listed(root), await listed(cli)];
  expect(own.filter((line) => !theirs.includes(line))).toEqual([]);
  expect(own.length).toBe(theirs.length);
  expect(own.filter((line) => /crontabs/.test(line)).join()).toMatch(/drwx-wx--T 0\/\d\d\d .*crontabs/);
});

it('is proved and run again with equal outputs', async () => {
  const traced: Traced = await origin.trace(pipeline);
  await using theirs = await rebuild(traced, 'rootfs');
  expect(theirs.proof.ok).toBe(true);
  for (const part of ['environment.yml', 'environment.d'])
    await must(['cp', '-r', join(dirname(traced.spec), part), cli.work]);
  writeFiles(join(cli.work, 'inputs'), pipeline.files);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, cli.work]);
  const argv = ['create', '--fresh', '--json', '--name', 'again', '--rerun', '--inputs', 'inputs', 'environment.yml'];
  const { proof, resource } = JSON.parse((await cli.must(argv)).stdout) as { proof: Proof; resource: Resource };
  expect([resource.treeDigest]).toEqual([...traced.digests]);
  const outputs = [expect.objectContaining({ path: expect.stringMatching(/sorted\.txt$/), verdict: 'equal' })];
  expect(proof).toMatchObject({ ok: true, reruns: [{ exit: { verdict: 'equal' }, outputs }] });
});

it('leaves nothing when it is deleted', async () => {
  await make();
  const { stdout } = await cli.must(['ls', '--json']);
  await cli.must(['delete', '--yes', ...(JSON.parse(stdout) as Resource[]).map(({ name }) => name)]);
  await expect.poll(() => remains(cli), { timeout: 10_000, interval: 100 }).toEqual([]);
});
