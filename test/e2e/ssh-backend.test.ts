import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { pipeline } from '../support/inputs.js';
import { place, type Rebuilt, rebuild, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['sshd', 'ssh', 'ssh-keygen', 'strace', 'mmdebstrap'] }));

const root = place('root', { takesBare: true });
let sshd: Sshd;
let user: OrdinaryUser;
let traced: Traced;
let made: Rebuilt;

/** The host is this machine, as another user without any rights. */
const prepare = shared(async () => {
  sshd = await startSshd({ everybody: true });
  vi.stubEnv('PATH', `${sshd.bin}:${process.env['PATH']}`);
  user = await ordinaryUser();
  // sshd takes an account that never had a password for a locked one.
  await must(['usermod', '--password', '*', user.name]);
  traced = await root.trace(pipeline);
  made = await rebuild(traced, 'ssh:rootfs', [`host=${user.name}@127.0.0.1:${sshd.port}`]);
});
beforeEach(prepare);

afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await sshd?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

/** What of the user's runs on the host, in a tree or beside it. */
function running(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const uid = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0;
    const isTheirs = uid === user.uid || isSubordinate(uid);
    return isTheirs ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')] : [];
  });
}

function isSubordinate(uid: number): boolean {
  const line = readFileSync('/etc/subuid', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user.name}:`));
  const [first = 0, count = 0] = line?.split(':').slice(1).map(Number) ?? [];
  return uid >= first && uid < first + count;
}

/** Runs the traced command on the very inputs, and on no others. */
async function expectDataCopied(name: string): Promise<void> {
  const { cli, folder } = traced;
  const [data, results] = [join(cli.work, `data-${name}`), join(cli.work, `results-${name}`)];
  mkdirSync(data);
  writeFileSync(join(data, 'people.json'), '{}');
  const refused = await cli.run(['run', name, '--inputs', data]);
  expect(refused).toMatchObject({
    code: 125,
    stderr: expect.stringMatching(/people\.json is another file \([0-9a-f]{64}, not /),
  });
  renameSync(join(data, 'people.json'), join(data, 'others.json'));
  copyFileSync(join(folder, 'people.json'), join(data, 'renamed.json'));
  const { stderr } = await cli.must(['run', name, '--inputs', data, '--outputs', results]);
  expect(stderr).toMatch(/output \S+\/sorted\.txt: as in the spec: /);
  expect(readFileSync(join(results, 'sorted.txt'), 'utf8')).toBe(readFileSync(join(folder, 'sorted.txt'), 'utf8'));
}

const nothingRuns = () => expect.poll(running, { timeout: 10_000, interval: 100 }).toEqual([]);

/** Starts a script in the environment that says `up`, does something about it then, and gives how it ended. */
async function whileUp(script: string, act: (child: ReturnType<typeof spawn>) => void) {
  const { env, program, work } = traced.cli;
  const [node = '', ...entry] = program;
  const child = spawn(node, [...entry, 'exec', made.name, '--', 'sh', '-c', script], { env, cwd: work });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('up')) break;
  act(child);
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return { code: code as number | null, said };
}

describe('an environment on a host over ssh, for an ordinary user there', () => {
  it('is the tree that is made here, proved and with the same result', async () => {
    await using here = await rebuild(traced, 'rootfs');
    expect([here.proof.ok, made.proof.ok]).toEqual([true, true]);
    expect(traced.digests.size).toBe(1);
    expect(existsSync(join(user.home, '.local/share/reproman/trees', made.name, 'tree/usr/bin/jq'))).toBe(true);
  });

  it('is the same tree for one whom the host gives no other ids, and gives files to others there', async () => {
    await using alone = await ordinaryUser({ isAlone: true });
    await must(['usermod', '--password', '*', alone.name]);
    const { cli, spec } = traced;
    const host = `host=${alone.name}@127.0.0.1:${sshd.port}`;
    await cli.must(['create', '--backend', 'ssh:rootfs', '-b', host, '--name', 'alone', spec]);
    const { treeDigest } = JSON.parse((await cli.must(['info', '--json', 'alone'])).stdout) as Resource;
    expect([...traced.digests]).toEqual([treeDigest]);
    const script = 'touch /tmp/a && chown 5:6 /tmp/a && stat -c %u:%g /tmp/a';
    expect((await cli.must(['exec', 'alone', '--', 'sh', '-c', script])).stdout).toBe('5:6\n');
    await cli.must(['delete', '--yes', 'alone']);
  });

  it('runs commands as they run here: input, output, exit code', async () => {
    const script = 'cat; echo told >&2; id -u; exit 7';
    const before = sshd.starts();
    const { stdout, stderr, code } = await traced.cli.run(['exec', made.name, '--', 'sh', '-c', script], {
      input: 'in\n',
    });
    expect([stdout, stderr, code]).toEqual(['in\n0\n', 'told\n', 7]);
    // Each is a way there and back.
    expect(sshd.starts() - before).toBeLessThanOrEqual(5);
    const listed = await traced.cli.must(['ls', '--refresh']);
    expect(listed.stdout).toMatch(new RegExp(`${made.name} +ssh:rootfs .* on the host ${user.name}@127.0.0.1`));
    await nothingRuns();
  });

  it('is given the inputs of its run, by their hashes, and gives its outputs', async () => {
    await expectDataCopied(made.name);
  });

  it('passes signals on', async () => {
    const script = `trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done`;
    expect((await whileUp(script, (child) => child.kill('SIGTERM'))).code).toBe(9);
    await nothingRuns();
  });

  it('says that the connection is lost, and nothing goes on over there', async () => {
    const { code, said } = await whileUp('echo up; sleep 4242 & sleep 4242', () => sshd.cut());
    expect(code).toBe(125);
    expect(said).toMatch(/the connection to the host \S+@127\.0\.0\.1 is lost: .*closed/);
    await nothingRuns();
    expect((await traced.cli.must(['exec', made.name, '--', 'echo', 'again'])).stdout).toBe('again\n');
  });

  it('says so in the middle of a copy, of which only what it names stays', async () => {
    const { env, program, work } = traced.cli;
    const large = join(work, 'large');
    writeFileSync(large, '');
    truncateSync(large, 4 * 2 ** 30);
    const [node = '', ...entry] = program;
    const srv = join(user.home, '.local/share/reproman/trees', made.name, 'tree/srv');
    const before = readdirSync(srv);
    const child = spawn(node, [...entry, 'cp', large, `${made.name}:/srv/large`], { env, cwd: work });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    await expect.poll(() => readdirSync(srv).join(), { timeout: 20_000, interval: 50 }).toContain('.reproman-');
    sshd.cut();
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    expect({ code, said }).toEqual({
      code: 3,
      said: expect.stringMatching(/connection to .* is lost: .*; what was copied/s),
    });
    const left = /is in (\/srv\/\.reproman-\S+?)[.,;]?\s/.exec(`${said} `)?.[1] ?? '';
    expect(readdirSync(srv).sort()).toEqual([...before, left.replace('/srv/', '')].sort());
    await nothingRuns();
    await traced.cli.must(['exec', made.name, '--', 'rm', '-r', left]);
    expect(readdirSync(srv)).toEqual(before);
  });

  it('is traced in, and what came of it describes it', async () => {
    const spec = join(traced.cli.work, 'again.yml');
    await traced.cli.must(['trace', '--resource', made.name, '-o', spec, '--', 'jq', '-n', '1+1']);
    expect(readFileSync(spec, 'utf8')).toMatch(/- jq=/);
    await nothingRuns();
  });

  it('is forgotten only when asked where its host is gone, and it is said what stays', async () => {
    const resources = join(traced.cli.env['XDG_DATA_HOME'] ?? '', 'reproman/resources');
    const stored = JSON.parse(readFileSync(join(resources, `${made.name}.json`), 'utf8'));
    const effects = stored.effects.filter(({ kind }: { kind: string }) => kind === 'tree');
    const gone = { ...stored, name: 'gone', effects, outer: { ...stored.outer, port: 1 } };
    writeFileSync(join(resources, 'gone.json'), JSON.stringify(gone));
    const refused = await traced.cli.run(['delete', '--yes', 'gone']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/cannot be reached: .*refused.*reproman delete --force gone/s);
    const forgotten = await traced.cli.must(['delete', '--yes', '--force', 'gone']);
    expect(forgotten.stderr).toContain(`the tree ${effects[0].id} of 'gone' stays, and is forgotten`);
  });

  it('leaves nothing when it is deleted', async () => {
    await made[Symbol.asyncDispose]();
    expect(readdirSync(join(user.home, '.local/share/reproman/trees'))).toEqual([]);
    await nothingRuns();
  });
});

describe('an image of the engine on a host over ssh', () => {
  beforeEach(needs({ docker: true }));

  it('is the same tree, proved and with the same result', async () => {
    await using there = await rebuild(traced, 'ssh:docker', [`ssh.host=${sshd.user}@127.0.0.1:${sshd.port}`]);
    expect(there.proof.ok).toBe(true);
    const { stdout, code } = await traced.cli.run(['exec', there.name, '--', 'sh', '-c', 'cat; exit 7'], {
      input: 'in\n',
    });
    expect([stdout, code]).toEqual(['in\n', 7]);
    await expectDataCopied(there.name);
  });
});
