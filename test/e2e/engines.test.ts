import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { type OwnEngine, overTls, ownEngine, podmanEngine } from '../support/own-engine.js';
import { remains } from '../support/remains.js';
import { must, type RunResult, run } from '../support/run.js';
import { type Sshd, startSshd } from '../support/sshd.js';

const programs = ['dockerd', 'docker', 'runc', 'openssl', 'sshd', 'ssh', 'ssh-keygen', 'mmdebstrap'];
beforeEach(needs({ root: true, archive: true, programs }));

type Environment = Readonly<Record<string, string>>;

let folder: string;
let cli: Cli;
let engine: OwnEngine;
let tls: { readonly address: string; readonly certificates: string };

beforeEach(
  shared(async () => {
    folder = mkdtempSync(join(tmpdir(), 'engines-'));
    cli = await freshCli({ ownTemporary: true, takesBare: true });
    const run = '  - { id: one, command: [jq, -n, 1+1], cwd: /srv/a b, user: { uid: 1234, gid: 1234 } }\n';
    const packages = 'distributions:\n  - name: debian\n    packages: [jq]\n';
    writeFiles(cli.work, { 'environment.yml': `version: 1\n${await ownBase()}\n${packages}runs:\n${run}` });
    const certificates = join(folder, 'certificates');
    const { address, more } = await overTls(certificates);
    tls = { address, certificates };
    engine = await ownEngine({ more });
  }),
);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

/** What was built by an earlier test is taken from the cache: here it is about the way to an engine. */
function create(name: string, env: Environment, ...more: readonly string[]): Promise<RunResult> {
  const backend = more.includes('--backend') ? [] : ['--backend', 'docker'];
  const argv = [...cli.program, 'create', ...backend, ...more, '--name', name, 'environment.yml'];
  return run(argv, { cwd: cli.work, env: { ...cli.env, ...env } });
}

/** It is made, lived in and removed, and nothing of it is left on the engine that was meant, or here. */
async function isLivedIn(name: string, env: Environment, later = env, ...more: readonly string[]): Promise<void> {
  const created = await create(name, env, ...more);
  expect(created.code, created.stderr).toBe(0);
  const asked = { env: later, input: 'in\n' };
  const { stdout, code } = await cli.run(['exec', name, '--', 'sh', '-c', 'cat; jq -n 1+1; id -u; exit 7'], asked);
  expect([stdout, code]).toEqual(['in\n2\n1234\n', 7]);
  await cli.must(['cp', 'environment.yml', `${name}:/srv/a b/`], { env: later });
  expect((await cli.must(['cp', `${name}:environment.yml`, '-'], { env: later })).stdout).toContain('jq');
  await cli.must(['delete', '--yes', name], { env: later });
  await expect.poll(() => remains(cli), { timeout: 10_000 }).toEqual([]);
}

const nothingIsLeft = async () => {
  const mark = ['--quiet', '--filter', 'label=reproman.token'];
  expect(await engine.docker('ps', '--all', ...mark)).toBe('');
  expect(await engine.docker('images', '--all', ...mark)).toBe('');
};

describe('an engine that speaks TLS', () => {
  const trusted = (): Environment => ({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: tls.certificates });

  it('is the one of DOCKER_HOST, with the certificates of the environment', async () => {
    await isLivedIn('tls', { ...trusted(), DOCKER_HOST: tls.address });
    await nothingIsLeft();
  });

  it('is the one of a context, also when another one was chosen since', async () => {
    const settings = join(folder, 'docker');
    const context = (name: string) => ['docker', '--config', settings, 'context', ...name.split(' ')];
    const files = ['ca', 'cert', 'key'].map((each) => `${each}=${join(tls.certificates, `${each}.pem`)}`);
    await must([...context('create far --docker'), [`host=${tls.address}`, ...files].join(',')]);
    await must(context('use far'));
    const chosen = { DOCKER_CONFIG: settings };
    const created = await create('context', chosen);
    expect(created.code, created.stderr).toBe(0);
    await must(context('use default'));
    expect((await cli.must(['exec', 'context', '--', 'jq', '-n', '1+1'], { env: chosen })).stdout).toBe('2\n');
    await cli.must(['delete', '--yes', 'context'], { env: chosen });
    await nothingIsLeft();
  });

  it('is refused when it is not the one that is trusted, and it is told where nothing is said of trust', async () => {
    const other = join(folder, 'other');
    await overTls(other);
    const env = { DOCKER_HOST: tls.address };
    for (const wrong of [{}, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: other }]) {
      const { code, stderr } = await create('refused', { ...env, ...wrong });
      expect(stderr).toMatch(/do not trust each other: .*DOCKER_CERT_PATH/);
      expect(code).toBe(3);
    }
  });
});

describe('over ssh', () => {
  let sshd: Sshd;
  beforeEach(
    shared(async () => {
      sshd = await startSshd();
    }),
  );
  afterAll(() => sshd?.[Symbol.asyncDispose]());
  const withSsh = () => ({ PATH: `${sshd.bin}:${cli.env['PATH']}` });
  const there = () => `${sshd.user}@127.0.0.1:${sshd.port}`;

  it("is the engine of DOCKER_HOST's host, through the user's own ssh", async () => {
    const socket = engine.address.slice('unix://'.length);
    await isLivedIn('by-ssh', { ...withSsh(), DOCKER_HOST: `ssh://${there()}${socket}` });
    await nothingIsLeft();
  });

  it('is the engine that is told of a host, with TLS', async () => {
    const env = { ...withSsh(), DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: tls.certificates };
    const told = ['--backend', 'ssh:docker', '-b', `ssh.host=${there()}`, '-b', `docker.host=${tls.address}`];
    await isLivedIn('of-host', env, env, ...told);
    await nothingIsLeft();
  });

  it('refuses a host whose key has changed, and says so', async () => {
    const known = join(sshd.bin, '../known_hosts');
    const right = readFileSync(known, 'utf8');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'other-key')]);
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${readFileSync(join(folder, 'other-key.pub'), 'utf8')}`);
    try {
      for (const more of [[], ['--backend', 'ssh:docker', '-b', `ssh.host=${there()}`]]) {
        const { code, stderr } = await create(
          'man-in-between',
          { ...withSsh(), DOCKER_HOST: `ssh://${there()}` },
          ...more,
        );
        expect(stderr).toMatch(/its key is not the one that it is known by.*ssh-keygen -R '\[127\.0\.0\.1\]:\d+'/);
        expect(code).toBe(3);
      }
    } finally {
      writeFileSync(known, right);
    }
    expect(remains(cli)).toEqual([]);
  });
});

describe('podman', () => {
  beforeEach(needs({ programs: ['podman'] }));

  it('is an engine by its socket', async () => {
    await using podman = await podmanEngine();
    await isLivedIn('podman', { DOCKER_HOST: podman.address });
  });
});

describe('an engine that fails', () => {
  it('leaves nothing that is not known when it ends in the middle of a build', async () => {
    const env = { DOCKER_HOST: engine.address };
    const created = create('victim', env, '--fresh');
    const isBuilding = async () => (await engine.docker('ps', '--all', '--quiet')) !== '';
    while (!(await isBuilding())) await wait(50);
    await engine.stop();
    const { code, stderr } = await created;
    // What it says of itself as it ends, or nothing more.
    expect(stderr).toMatch(
      /(?:the Docker engine failed|no Docker engine answers).*remove it with: reproman delete victim/,
    );
    expect(stderr).not.toContain('fault in reproman');
    expect([3, 4]).toContain(code);
    expect((await cli.must(['ls'])).stdout).toMatch(/victim +docker +broken/);
    await engine.start();
    await cli.must(['delete', '--yes', 'victim'], { env });
    await nothingIsLeft();
    expect(remains(cli)).toEqual([]);
  });

  it('has nothing any more of a layer that it finished long after its client was killed, once there is a create', async () => {
    const env = { DOCKER_HOST: engine.address };
    expect((await create('first', env)).code).toBe(0);
    const inspect = ['inspect', '--format', '{{index .Config.Labels "reproman.token"}}'];
    const alive = (await engine.docker(...inspect, 'reproman/first:latest')).trim();
    const mine = readFileSync(join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/inventory-id'), 'utf8').trim();
    const nothing = join(folder, 'nothing.tar');
    writeFileSync(nothing, Buffer.alloc(1024));
    const layer = async (key: string, token: string, inventory = mine) => {
      const labels = { resource: 'gone', role: 'image', kind: 'debian', layer: key, token, inventory };
      const changes = Object.entries(labels).flatMap(([name, value]) => [
        '--change',
        `LABEL reproman.${name}=${value}`,
      ]);
      return (await engine.docker('import', ...changes, nothing)).trim();
    };
    const orphan = await layer('1'.repeat(64), randomUUID());
    const used = await layer('2'.repeat(64), randomUUID());
    await engine.docker('create', '--name', 'user', used, 'true');
    const others = [
      ...[used, await layer('3'.repeat(64), alive), await layer('4'.repeat(64), randomUUID(), randomUUID())],
      await layer('', randomUUID()),
    ];
    try {
      const found = JSON.parse((await cli.must(['gc', '--backend', 'docker', '--json'], { env })).stdout) as unknown;
      expect(JSON.stringify(found)).toContain('1'.repeat(64));
      expect((await create('second', env)).code).toBe(0);
      const left = await engine.docker(
        'images',
        '--all',
        '--quiet',
        '--no-trunc',
        '--filter',
        'label=reproman.kind=debian',
      );
      expect(left.trim().split('\n').sort()).toEqual([...others].sort());
      expect(left).not.toContain(orphan);
    } finally {
      await engine.docker('rm', 'user');
      await cli.must(['delete', '--yes', 'first', 'second'], { env });
      for (const id of others) await engine.docker('rmi', id).catch(() => undefined);
    }
    await nothingIsLeft();
  });

  it('is named, and nothing is left, when its disk is full', async () => {
    await using small = await ownEngine({ disk: '60m' });
    const { code, stderr } = await create('full', { DOCKER_HOST: small.address });
    expect(stderr).toMatch(/the disk of the Docker engine is full/);
    expect(code).toBe(3);
    expect(await small.docker('images', '--all', '--quiet')).toBe('');
    expect(remains(cli)).toEqual([]);
  });
});
