import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { undo } from '../../backends/docker/undo.js';
import { localMachine } from '../../src/machines/local.js';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['strace', 'mmdebstrap', 'docker'] }));

/** Another run of the tests may be on the same engine. */
const named = (name: string) => `${name}-${process.pid}`;
const victim = named('d-victim');

async function specOf(cli: Cli, named = 'jq'): Promise<void> {
  const base = await ownBase();
  const packages = `distributions:\n  - name: debian\n    packages: [${named}]\n`;
  const one =
    '  - id: one\n    command: [jq, -n, 1+1]\n    cwd: /srv/a b\n    user: { uid: 1234, gid: 1234, groups: [27] }\n';
  writeFiles(cli.work, { 'environment.yml': `version: 1\n${base}\n${packages}runs:\n${one}` });
}

/** Everything on the engine that carries a resource's mark. */
async function onEngine(name: string): Promise<string[]> {
  const filter = ['--quiet', '--filter', `label=reproman.resource=${name}`];
  const listed = await must(['docker', 'ps', '--all', ...filter]);
  return `${listed}\n${await must(['docker', 'images', '--all', ...filter])}`.split('\n').filter((line) => line !== '');
}

it('is the same tree as on rootfs, runs programs as they are, and goes without a trace', async () => {
  await using cli = await freshCli({ takesBare: true });
  await specOf(cli);
  const digests: string[] = [];
  for (const backend of ['rootfs', 'docker']) {
    const { stdout } = await cli.must([
      'create',
      '--json',
      '--backend',
      backend,
      '--name',
      named(`d-${backend}`),
      'environment.yml',
    ]);
    digests.push((JSON.parse(stdout) as { resource: { treeDigest: string } }).resource.treeDigest);
  }
  expect(digests[0]).toBe(digests[1]);

  const name = named('d-docker');
  const exec = (command: readonly string[], options = {}) => cli.run(['exec', name, '--', ...command], options);
  expect(await exec(['sh', '-c', 'pwd; id; cat; echo err >&2; exit 7'], { input: 'in\n' })).toMatchObject({
    code: 7,
    stdout: '/srv/a b\nuid=1234 gid=1234 groups=1234,27(sudo)\nin\n',
    stderr: 'err\n',
  });
  expect((await exec(['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
  expect((await exec(['/etc/passwd'])).code).toBe(126);
  expect((await exec(['no-such-program'])).code).toBe(127);
  expect((await exec(['printf', '%s|', 'a b', "'", '$HOME', ''])).stdout).toBe("a b|'|$HOME||");
  expect(await must(['docker', 'run', '--rm', `reproman/${name}:latest`])).toContain('2');

  const taken = await cli.run(['create', '--backend', 'docker', '--name', name, 'environment.yml']);
  expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining(`'${name}' on docker exists already`) });
  await cli.must(['delete', '--yes', name, named('d-rootfs')]);
  expect(await onEngine(name)).toEqual([]);
});

it('leaves nothing on the engine, wherever create was killed: after each write of the journal and each effect', async () => {
  await using cli = await freshCli();
  // A layer that a test beside this one makes something of would stay, as it should.
  await specOf(cli, 'jq, figlet');
  const moments = fileURLToPath(import.meta.resolve('../support/moments.mjs'));
  const env = {
    NODE_OPTIONS: `--import=${moments}`,
    // What runs in the container goes with it.
    MOMENTS_OF: 'journal|engine (?!POST \\S*/exec\\b)',
    MOMENTS_LOG: join(cli.work, 'moments'),
    MOMENTS_SYSTEM: join(cli.work, 'system.tar'),
  };
  const create = ['create', '--fresh', '--backend', 'docker', '--name', victim, 'environment.yml'];
  await cli.must(create, { env });
  const done = readFileSync(env.MOMENTS_LOG, 'utf8').trim().split('\n');
  expect(done).toEqual(expect.arrayContaining([expect.stringMatching(/^engine POST .*\/commit/), 'journal written']));
  await cli.must(['delete', '--yes', victim]);
  for (let at = 1; at <= done.length; at++) {
    const killed = await cli.run(create, { env: { ...env, MOMENTS_AT: String(at) } });
    expect({ at: done[at - 1], signal: killed.signal }, killed.stderr).toEqual({ at: done[at - 1], signal: 'SIGKILL' });
    const [row] = JSON.parse((await cli.must(['ls', '--json'])).stdout) as { state: string }[];
    expect(row?.state).toBe(at === done.length ? 'ready' : 'broken');
    // One that is left as it is gives way to the next.
    if (at % 2 === 1 && row?.state === 'broken') continue;
    if (row?.state === 'ready') expect((await cli.must(['exec', victim, '--', 'jq', '-n', '1+1'])).stdout).toBe('2\n');
    await cli.must(['delete', '--yes', victim]);
    expect({ at: done[at - 1], left: await onEngine(victim) }).toEqual({ at: done[at - 1], left: [] });
    expect(remains(cli)).toEqual([]);
  }
});

it('takes back a container that the engine is still making from what another resource was made of', async () => {
  await using here = await localMachine();
  const socketPath = '/var/run/docker.sock';
  const image = named('d-layer');
  const cut = ['sh', '-c', `tar -cC /etc hostname | docker import --change 'LABEL reproman.token=another' - ${image}`];
  await must(cut);
  try {
    for (const [at, milliseconds] of [0, 1, 2, 4, 8, 12, 16, 24].entries()) {
      const token = named(`d-token-${at}`);
      const path = `/containers/create?name=${token}`;
      const asked = request({ socketPath, path, method: 'POST', headers: { 'content-type': 'application/json' } });
      const answered = once(asked, 'response');
      asked.end(JSON.stringify({ Image: image, Cmd: ['/none'], Labels: { 'reproman.token': token } }));
      await once(asked, 'finish');
      await wait(milliseconds);
      await undo({ kind: 'container', id: token, at: `unix://${socketPath}`, token }, here, { late: true });
      await answered;
      expect(await must(['docker', 'ps', '--all', '--quiet', '--filter', `label=reproman.token=${token}`])).toBe('');
    }
  } finally {
    await must(['docker', 'rmi', '--force', image]);
  }
});
