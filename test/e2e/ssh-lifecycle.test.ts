import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { offeredVersions, ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['sshd', 'ssh', 'ssh-keygen', 'mmdebstrap', 'newuidmap', 'useradd'];
beforeEach(needs({ root: true, archive: true, programs }));

let sshd: Sshd;
let user: OrdinaryUser;
let cli: Cli;
let older: string;

/** The host is this machine, over ssh: as somebody without rights, who has a folder, and as root, who has the engine. */
beforeEach(
  shared(async () => {
    sshd = await startSshd({ everybody: true });
    vi.stubEnv('PATH', `${sshd.bin}:${process.env['PATH']}`);
    user = await ordinaryUser();
    // sshd takes an account that never had a password for a locked one.
    await must(['usermod', '--password', '*', user.name]);
    cli = await freshCli({ takesBare: true });
    older = (await offeredVersions('jq'))[0] ?? '';
    const run = 'runs:\n  - { id: one, command: [jq, -n, 1+1], cwd: /srv/work, user: { uid: 0, gid: 0 } }\n';
    const base = `version: 1\n${await ownBase()}\n`;
    const step = "steps:\n  - { id: more, command: [sh, -c, 'echo more >/srv/more'] }\n";
    writeFiles(cli.work, {
      'environment.yml': `${base}packages: [jq]\n${run}`,
      'older.yml': `${base}packages: ['jq=${older}']\n${run}`,
      'more.yml': `${base}packages: [tree]\n${step}`,
    });
  }),
);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await sshd?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

interface Changed {
  readonly changes: readonly string[];
  readonly isAsCreated?: boolean;
  readonly files?: { readonly written: number; readonly kept: readonly string[] };
  readonly resource: { readonly treeDigest: string };
}

/** Cuts the connection right after an upgrade has written down what it is about to change. */
async function cutInUpgrade(name: string): Promise<void> {
  const [program = '', ...args] = [...cli.program, 'upgrade', name, 'environment.yml', '--yes'];
  const child = spawn(program, args, { cwd: cli.work, env: cli.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  let seen = 0;
  const resources = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/resources');
  const watcher = watch(resources, (event, file) => {
    if (event === 'rename' && file === `${name}.json` && ++seen === 2) sshd.cut();
  });
  await once(child, 'close');
  watcher.close();
  expect(child.exitCode, said).toBe(3);
  expect(said).toMatch(
    /the connection to the host \S+@127\.0\.0\.1 is lost|no Docker engine answers|the Docker engine failed/,
  );
}

describe.each(['rootfs', 'docker'])('a resource on ssh:%s', (backend) => {
  if (backend === 'docker') beforeEach(needs({ docker: true, programs: ['docker'] }));
  const name = `s-${backend}-${process.pid}`;
  const exec = async (...command: string[]) => (await cli.must(['exec', name, '--', ...command])).stdout;
  const jqVersion = () => exec('dpkg-query', '-W', '-f', `\${Version}`, 'jq');
  const change = async (...command: string[]) =>
    JSON.parse((await cli.must([...command, '--yes', '--json'])).stdout) as Changed;
  let digest: string;

  it('is created, and becomes another version of its spec over the connection, with what was put there since', async () => {
    const host = `ssh.host=${backend === 'docker' ? sshd.user : user.name}@127.0.0.1:${sshd.port}`;
    const created = await cli.must(['create', '--json', '--backend', `ssh:${backend}`, '-b', host, '--name', name]);
    digest = (JSON.parse(created.stdout) as Changed).resource.treeDigest;
    await exec('sh', '-c', 'echo mine >/srv/work/mine');
    const { files, changes } = await change('upgrade', name, 'older.yml');
    expect(changes.join()).toContain(older);
    expect([await jqVersion(), files?.kept]).toEqual([older, ['/srv/work/mine']]);
    expect(files?.written).toBeGreaterThan(1);
    expect(await exec('cat', '/srv/work/mine')).toBe('mine\n');
    expect((await cli.must(['run', name])).stdout).toBe('2\n');
    await exec('rm', '/srv/work/mine');
  });

  it('is finished by the same again when the connection is cut off in the middle of it', async () => {
    await cutInUpgrade(name);
    expect(await change('upgrade', name, 'environment.yml')).toMatchObject({
      isAsCreated: true,
      resource: { treeDigest: digest },
    });
    expect(await jqVersion()).not.toBe(older);
  });

  it('takes what another spec has, loses it, and is the tree again that it was created as', async () => {
    const { stdout } = await cli.must(['install', name, 'more.yml', '--json']);
    expect((JSON.parse(stdout) as Changed).resource.treeDigest).not.toBe(digest);
    expect(await exec('tree', '--version')).toContain('tree v');
    const { isAsCreated, resource } = await change('uninstall', name, 'more.yml');
    expect({ isAsCreated, digest: resource.treeDigest }).toEqual({ isAsCreated: true, digest });
  });

  it('is put right by its own spec', async () => {
    await exec('sh', '-c', 'rm /usr/bin/jq; echo other >/usr/share/base-files/motd');
    expect(await change('upgrade', name)).toMatchObject({ changes: [], isAsCreated: true });
    expect(await exec('jq', '-n', '1+1')).toBe('2\n');
  });

  it('leaves nothing there when it is deleted', async () => {
    await cli.must(['delete', '--yes', name]);
    if (backend === 'rootfs') expect(readdirSync(join(user.home, '.local/share/reproman/trees'))).toEqual([]);
    else {
      const filter = ['--all', '--quiet', '--filter', `label=reproman.resource=${name}`];
      expect(`${await must(['docker', 'ps', ...filter])}${await must(['docker', 'images', ...filter])}`).toBe('');
    }
  });
});
