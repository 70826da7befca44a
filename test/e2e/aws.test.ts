import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { type Cloud, credentials, region, startCloud } from '../support/ec2.js';
import { pipeline } from '../support/inputs.js';
import { place, type Rebuilt, rebuild, type Traced, writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { run } from '../support/run.js';

const programs = ['mmdebstrap', 'sshd', 'ssh', 'ssh-keygen', 'ip', 'unshare'];
beforeEach(needs({ root: true, archive: true, programs }));

const root = place('root', { takesBare: true });
const tooBusy = 2;
let cloud: Cloud;
let asked: readonly string[];
let traced: Traced;
let made: Rebuilt;

const prepare = shared(async () => {
  cloud = await startCloud();
  signIn(await root.cli());
  asked = [`region=${region}`, `endpoint=${cloud.endpoint}`];
});
beforeEach(prepare);
afterEach(() => {
  cloud.before = undefined;
  cloud.after = undefined;
});

afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await cloud?.[Symbol.asyncDispose]();
});

/** Keys of the account, where Amazon's own tools look for them. */
function signIn({ env }: Cli): void {
  const folder = join(env['HOME'] ?? '', '.aws');
  mkdirSync(folder);
  const lines = [
    `aws_access_key_id = ${credentials.accessKeyId}`,
    `aws_secret_access_key = ${credentials.secretAccessKey}`,
  ];
  writeFileSync(join(folder, 'credentials'), `[default]\n${lines.join('\n')}\n`, { mode: 0o600 });
}

/** What the account has beside what every account has. */
async function there(): Promise<string[]> {
  const { client } = cloud;
  const { Reservations: reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  const instances = reservations.flatMap(({ Instances: each = [] }) => each);
  const { SecurityGroups: groups = [] } = await client.send(new DescribeSecurityGroupsCommand({}));
  const { KeyPairs: keys = [] } = await client.send(new DescribeKeyPairsCommand({}));
  const { Volumes: volumes = [] } = await client.send(new DescribeVolumesCommand({}));
  const { Images: images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['self'] }));
  const { Snapshots: copies = [] } = await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  return [
    ...images.map(({ ImageId: id }) => `${id}`),
    ...copies.filter(({ Tags: tags = [] }) => tags.length > 0).map(({ SnapshotId: id }) => `${id}`),
    ...instances.filter(({ State: state }) => state?.Name !== 'terminated').map(({ InstanceId: id }) => `${id}`),
    ...groups.filter(({ GroupName: name }) => name !== 'default').map(({ GroupName: name }) => `group ${name}`),
    ...keys.map(({ KeyName: name }) => `key ${name}`),
    ...volumes.map(({ VolumeId: id }) => `${id}`),
  ];
}

async function instance() {
  const { Reservations: found = [] } = await cloud.client.send(new DescribeInstancesCommand({}));
  return found.flatMap(({ Instances: each = [] }) => each).find(({ State: state }) => state?.Name !== 'terminated');
}

describe('an environment on a machine of EC2', () => {
  const prepareMachine = shared(async () => {
    traced = await root.trace(pipeline);
    cloud.refuse('RunInstances', 'RequestLimitExceeded', tooBusy);
    made = await rebuild(traced, 'aws:rootfs', asked);
  });
  beforeEach(prepareMachine);

  it('is the tree that is made here, proved and with the same result', async () => {
    await using here = await rebuild(traced, 'rootfs');
    expect([here.proof.ok, made.proof.ok]).toEqual([true, true]);
    expect(traced.digests.size).toBe(1);
    const disk = cloud.rootOf((await instance())?.InstanceId ?? '') ?? '';
    expect(existsSync(join(disk, `root/.local/share/reproman/trees/${made.name}/tree/usr/bin/jq`))).toBe(true);
  });

  it('is made once, though the service was too busy at first', () => {
    expect(cloud.calls.filter((action) => action === 'RunInstances')).toHaveLength(tooBusy + 1);
  });

  it('lives on the newest official image of its release, with tags, and a key that only its owner can read', async () => {
    const found = await instance();
    expect(found?.ImageId).toMatch(/03$/);
    const tags = found?.Tags?.map(({ Key: key }) => key).sort();
    expect(tags).toEqual(['Name', ...['inventory', 'resource', 'token', 'version'].map((key) => `reproman:${key}`)]);
    expect(found?.MetadataOptions?.HttpTokens ?? 'required').toBe('required');
  });

  it('runs commands, is stopped, and is found again at another address', async () => {
    const { cli } = traced;
    const ask = ['exec', made.name, '--', 'sh', '-c', 'cat; exit 7'];
    expect(await cli.run(ask, { input: 'in\n' })).toMatchObject({ stdout: 'in\n', code: 7 });
    const before = (await instance())?.PublicIpAddress;
    expect((await cli.must(['stop', made.name])).stdout).toContain('is stopped');
    expect((await cli.must(['ls', '--refresh'])).stdout).toMatch(new RegExp(`${made.name} +aws:rootfs +stopped`));
    const refused = await cli.run(ask);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(`reproman start ${made.name}`)]);
    expect((await cli.must(['start', made.name])).stdout).toContain('is running');
    expect((await instance())?.PublicIpAddress).not.toBe(before);
    expect(await cli.run(ask, { input: 'again\n' })).toMatchObject({ stdout: 'again\n', code: 7 });
  });

  it('has a terminal of its own for who logs in, whose exit code comes back', async () => {
    const { cli } = traced;
    const words = [...cli.program, 'login', made.name].map((word) => `'${word}'`).join(' ');
    const input = 'test -t 0 && echo "a terminal: $((40 + 2))"; exit 3\n';
    const result = await run(['script', '-qec', words, '/dev/null'], { cwd: cli.work, env: cli.env, input });
    expect([result.code, result.stdout]).toEqual([3, expect.stringContaining('a terminal: 42')]);
  });

  it('is started for a run, and stopped after it', async () => {
    await traced.cli.must(['stop', made.name]);
    expect((await traced.cli.must(['run', made.name, '--', 'echo', 'up'])).stdout).toBe('up\n');
    expect((await instance())?.State?.Name).toBe('stopped');
  });

  it('becomes an image with all that was changed, of which machines are made, and nothing of it stays', async () => {
    const { cli } = traced;
    await cli.must(['start', made.name]);
    await cli.must(['exec', made.name, '--', 'sh', '-c', 'echo tuned > /srv/own']);
    const image = `${made.name}-image`;
    const { stdout, stderr } = await cli.must(['commit', made.name]);
    expect(stdout).toContain('not as when it was last proved');
    expect(stderr).toContain('make a machine image of i-');
    expect((await cli.must(['ls', '--refresh'])).stdout).toMatch(new RegExp(`${image} +aws:rootfs +image`));
    const refused = await cli.run(['exec', image, '--', 'true']);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(`reproman instantiate`)]);
    const before = await there();
    const again = `${made.name}-again`;
    await cli.must(['instantiate', image, '--name', again]);
    expect((await cli.must(['exec', again, '--', 'cat', '/srv/own'])).stdout).toBe('tuned\n');
    expect((await cli.run(['delete', '--yes', image])).stderr).toContain(`${again} made of it`);
    await cli.must(['delete', '--yes', again]);
    expect(await there()).toEqual(before);
    // As if the inventory was lost: it is found by its tags alone.
    const told = asked.flatMap((parameter) => ['-b', parameter]);
    const elsewhere = { env: { XDG_DATA_HOME: join(cli.work, 'elsewhere') } };
    const look = ['gc', '--backend', 'aws', '--any-inventory', ...told, '--json'];
    const shown = JSON.parse((await cli.must(look, elsewhere)).stdout) as {
      garbage: { kind: string; resource: string }[];
    };
    expect(shown.garbage).toContainEqual(expect.objectContaining({ kind: 'machine-image', resource: image }));
    await cli.must(['delete', '--yes', image]);
    expect((await there()).filter((id) => /^(ami|snap)-/.test(id))).toEqual([]);
    await cli.must(['exec', made.name, '--', 'rm', '/srv/own']);
  });

  it('has no key of the account in what is kept', () => {
    const folder = join(traced.cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holding = files.filter(({ parentPath, name }) =>
      readFileSync(join(parentPath, name)).includes(credentials.secretAccessKey),
    );
    expect(files.length).toBeGreaterThan(3);
    expect(holding).toEqual([]);
  });

  it('is told to be gone when it was terminated from outside, and is deleted all the same', async () => {
    const { InstanceId: id = '' } = (await instance()) ?? {};
    // As by somebody else of the account; what runs there is ended with it.
    await cloud.act(new TerminateInstancesCommand({ InstanceIds: [id] }));
    const refused = await traced.cli.run(['exec', made.name, '--', 'true']);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining('is gone from where it was')]);
    expect((await traced.cli.must(['ls', '--refresh'])).stdout).toMatch(new RegExp(`${made.name} +aws:rootfs +gone`));
    await made[Symbol.asyncDispose]();
    expect(await there()).toEqual([]);
  });
});

describe('an engine on a machine of EC2', () => {
  beforeEach(needs({ docker: true, programs: ['docker'] }));
  // Its engine is the one that is here: what goes with a real machine stays, and is removed.
  const name = `${pipeline.name}-aws-docker-${process.pid}`;
  const quietly = async (...args: string[]) => void (await run(['docker', ...args]));
  afterAll(async () => {
    await quietly('rm', '--force', name, `reproman-${name}`);
    await quietly('rmi', '--force', `reproman/${name}:latest`);
  });

  it('has the same environment in a container, proved and with the same result', async () => {
    const input = await root.trace(pipeline);
    await using there = await rebuild(input, 'aws:docker', asked);
    expect(there.name).toBe(name);
    expect(there.proof.ok).toBe(true);
    expect((await input.cli.must(['exec', name, '--', 'test', '-e', '/.dockerenv'])).code).toBe(0);
  });
});

describe('a create that does not come to its end', () => {
  const moments = fileURLToPath(import.meta.resolve('../support/moments.mjs'));
  let cli: Cli;
  let create: readonly string[];
  /** What was done to the world outside until a machine was asked for. */
  let done: readonly string[];
  let refused: { readonly code: number | undefined; readonly stderr: string };
  let seen: readonly string[];

  const log = () => join(cli.work, 'moments');
  const watched = (more: Readonly<Record<string, string>> = {}) => ({
    NODE_OPTIONS: `--import=${moments}`,
    MOMENTS_LOG: log(),
    ...more,
  });

  const prepareFailure = shared(async () => {
    cli = await freshCli({ ownTemporary: true, takesBare: true });
    signIn(cli);
    const packages = 'distributions:\n  - name: debian\n    packages: [base-files, dash, jq]\n';
    writeFiles(cli.work, { 'environment.yml': `version: 1\n${await ownBase()}\n${packages}` });
    const told = asked.flatMap((parameter) => ['-b', parameter]);
    create = ['create', '--backend', 'aws', ...told, '--name', 'victim', 'environment.yml'];
    // As often as it is tried: once to have the lock, and once to see what is done.
    const tries = 2;
    cloud.refuse('RunInstances', 'InsufficientInstanceCapacity', 2 * tries);
    await cli.run(create, { env: { AWS_MAX_ATTEMPTS: String(tries) } });
    cloud.before = (action) => {
      if (action !== 'RunInstances') return;
      done = readFileSync(log(), 'utf8').trim().split('\n');
      seen = commandLines();
    };
    refused = await cli.run(create, { env: watched({ AWS_MAX_ATTEMPTS: String(tries) }) });
    cloud.before = undefined;
  });
  beforeEach(prepareFailure);
  afterAll(() => cli?.[Symbol.asyncDispose]());

  function commandLines(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => (existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'latin1') : ''));
  }

  async function nothingIsLeft(): Promise<void> {
    expect(await there()).toEqual([]);
    await expect.poll(() => remains(cli), { timeout: 10_000, interval: 100 }).toEqual([]);
  }

  /** Kills it when an action was carried out, before it hears of that. */
  async function killedAfter(action: string): Promise<void> {
    const [program = '', ...args] = [...cli.program, ...create];
    const child: ChildProcess = spawn(program, args, { cwd: cli.work, env: cli.env, stdio: 'ignore' });
    cloud.after = (carriedOut) => {
      if (carriedOut === action) child.kill('SIGKILL');
    };
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    cloud.after = undefined;
  }

  it('says that there is no capacity, and leaves nothing', async () => {
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/EC2 has no such machine free there now.*-b instanceType=/s);
    await nothingIsLeft();
  });

  it('tells no process list and no log the keys of the account', () => {
    expect(seen.some((line) => line.includes('victim'))).toBe(true);
    for (const text of [...seen, refused.stderr]) expect(text).not.toContain(credentials.secretAccessKey);
  });

  it('is removed after a kill at each of its own steps', async () => {
    const steps = done.flatMap((moment, index) => (/^(journal|mkdir|ssh-keygen)/.test(moment) ? [index + 1] : []));
    expect(steps.length).toBeGreaterThan(6);
    for (const at of steps) {
      const { signal } = await cli.run(create, { env: watched({ MOMENTS_AT: String(at) }) });
      expect([done[at - 1], signal]).toEqual([done[at - 1], 'SIGKILL']);
      await cli.must(['delete', '--yes', 'victim']);
      await nothingIsLeft();
    }
  });

  it.each(['ImportKeyPair', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RunInstances'])(
    'is removed after a kill between %s and its answer',
    async (action) => {
      await killedAfter(action);
      expect(await there()).not.toEqual([]);
      await cli.must(['delete', '--yes', 'victim']);
      await nothingIsLeft();
    },
  );

  it('is found by its tags when even the inventory is lost, shown, and removed only when that is asked for', async () => {
    await killedAfter('RunInstances');
    const data = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
    const told = asked.flatMap((parameter) => ['-b', parameter]);
    expect((await cli.must(['gc', '--backend', 'aws', ...told])).stderr).toContain('nothing to remove');
    rmSync(join(data, 'resources/victim.json'));
    const shown = await cli.must(['gc', '--backend', 'aws', ...told, '--json']);
    const { garbage, removed } = JSON.parse(shown.stdout) as { garbage: { kind: string }[]; removed: number };
    expect([garbage.map(({ kind }) => kind), removed]).toEqual([['instance', 'security-group', 'key-pair'], 0]);
    await cli.must(['gc', '--backend', 'aws', ...told, '--yes']);
    expect(await there()).toEqual([]);
    await cli.must(['gc', '--yes']);
    await nothingIsLeft();
  });
});
