import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { offeredVersions, ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must, run } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['mmdebstrap', 'docker'] }));

let cli: Cli;
beforeEach(
  shared(async () => {
    cli = await freshCli({ takesBare: true });
    const one =
      '  - id: one\n    command: [jq, -n, 1+1]\n    cwd: /srv/work\n    user: { uid: 1234, gid: 1234 }\n    environment: { GREETING: "it\'s $HOME" }\n';
    const packages = 'distributions:\n  - name: debian\n    packages: [jq]\n';
    const base = `version: 1\n${await ownBase()}\n`;
    const step = "steps:\n  - { id: more, command: [sh, -c, 'echo more >/srv/more'] }\n";
    const [older] = await offeredVersions('jq');
    writeFiles(cli.work, {
      'environment.yml': `${base}${packages}runs:\n${one}`,
      'more.yml': `${base}packages: [tree]\n${step}`,
      'other.yml': `${base}packages: ['jq=${older}']\n`,
      'older.yml': `${base}packages: ['jq=${older}']\nruns:\n${one}`,
    });
  }),
);
afterAll(() => cli?.[Symbol.asyncDispose]());

/** Of all that the two resources were made to hold. */
const digests = new Set<string>();
/** Of what they were created with. */
const created = new Set<string>();

const data = () => join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');

interface Changed {
  readonly changes: readonly string[];
  readonly isAsCreated?: boolean;
  readonly files?: { readonly kept: readonly string[] };
  readonly resource: { readonly treeDigest: string };
}

/** Kills an upgrade right after it has written down what it is about to change. */
async function killedInUpgrade(name: string): Promise<void> {
  const [program = '', ...args] = [...cli.program, 'upgrade', name, 'environment.yml', '--yes'];
  const child = spawn(program, args, { cwd: cli.work, env: cli.env, stdio: 'ignore' });
  let seen = 0;
  const watcher = watch(join(data(), 'resources'), (event, file) => {
    if (event === 'rename' && file === `${name}.json` && ++seen === 2) child.kill('SIGKILL');
  });
  await once(child, 'close');
  watcher.close();
  expect([child.signalCode, await rowOf(name)]).toMatchObject(['SIGKILL', { state: 'ready' }]);
  expect((await cli.must(['ls', '--json'])).stdout).toContain('upgrade-');
}

async function rowOf(name: string): Promise<Record<string, unknown>> {
  const [row] = JSON.parse((await cli.must(['ls', '--refresh', '--json', name])).stdout) as Record<string, unknown>[];
  return row ?? {};
}

describe.each(['rootfs', 'docker'])('a resource on %s', (backend) => {
  const name = `l-${backend}-${process.pid}`;
  const there = (path: string) => `${name}:${path}`;
  const exec = async (...command: string[]) => (await cli.must(['exec', name, '--', ...command])).stdout;

  it('is created', async () => {
    const { stdout } = await cli.must(['create', '--json', '--backend', backend, '--name', name, 'environment.yml']);
    created.add((JSON.parse(stdout) as Changed).resource.treeDigest);
    expect((await cli.must(['run', name])).stdout).toBe('2\n');
    expect((await cli.run(['run', name, '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
  });

  const install = async (...options: string[]) => {
    const { stdout } = await cli.must(['install', name, 'more.yml', '--json', ...options]);
    return JSON.parse(stdout) as { missing: string[]; resource: { treeDigest: string } };
  };

  it('takes what another spec has, and is then the same tree on every backend', async () => {
    const { missing, resource } = await install();
    expect(missing).toEqual([expect.stringMatching(/^debian tree /), '1 step']);
    digests.add(resource.treeDigest);
    expect([...digests]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await exec('cat', '/srv/more')).toBe('more\n');
    expect(await exec('tree', '--version')).toContain('tree v');
  });

  // What is told before anything is done is the same on every backend.
  if (backend === 'rootfs') {
    it('takes it once, and nothing that cannot be together with what it has', async () => {
      expect((await install('--dry-run')).missing).toEqual([]);
      const conflict = await cli.run(['install', name, 'other.yml']);
      expect(conflict).toMatchObject({ code: 2, stderr: expect.stringContaining(`debian jq is `) });
    });
  }

  const change = async (...command: string[]) =>
    JSON.parse((await cli.must([...command, '--yes', '--json'])).stdout) as Changed;
  const jqVersion = () => exec('dpkg-query', '-W', '-f', `\${Version}`, 'jq');

  it('loses what it took, and is the tree again that it was created as', async () => {
    const refused = await cli.run(['uninstall', name, 'dpkg', '--yes']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('without dpkg (debian) no system') });
    const { changes, isAsCreated, resource } = await change('uninstall', name, 'more.yml');
    expect(changes).toEqual([expect.stringMatching(/^tree .* removed/), 'the step more removed']);
    expect(isAsCreated).toBe(true);
    expect([...created]).toEqual([resource.treeDigest]);
  });

  it('becomes another version of its spec, keeps what was put there since, and is what it was again', async () => {
    const [older] = await offeredVersions('jq');
    await exec('sh', '-c', 'echo mine >/srv/work/mine');
    const { files } = await change('upgrade', name, 'older.yml');
    expect([await jqVersion(), files?.kept, await exec('cat', '/srv/work/mine')]).toEqual([
      ...[older, ['/srv/work/mine'], 'mine\n'],
    ]);
    await exec('rm', '/srv/work/mine');
    if (backend === 'rootfs') await killedInUpgrade(name);
    expect(await change('upgrade', name, 'environment.yml')).toMatchObject({ isAsCreated: true });
    expect([await rowOf(name), await jqVersion()]).toMatchObject([
      { state: 'ready' },
      expect.not.stringMatching(`^${older}$`),
    ]);
  });

  it('is active in a shell until that leaves it', async () => {
    const reproman = cli.program.map((word) => `'${word}'`).join(' ');
    const script = `eval "$(${reproman} activate ${name} --shell sh)"; echo "$GREETING|$REPROMAN_ACTIVE"
      eval "$(${reproman} deactivate --shell sh)"; echo "\${GREETING-none}|\${REPROMAN_ACTIVE-none}"`;
    const { PATH = '', ...env } = cli.env;
    const { stdout } = await run(['sh', '-c', script], { env: { ...env, PATH } });
    expect(stdout).toBe(`it's $HOME|${name}\nnone|none\n`);
  });

  it('starts, keeps running while it is worked in, and stops', async () => {
    const live = backend === 'docker' ? ['running', 'stopped'] : ['present', 'present'];
    await cli.must(['start', name]);
    await exec('true');
    expect((await rowOf(name))['live']).toBe(live[0]);
    await cli.must(['stop', name]);
    expect((await rowOf(name))['live']).toBe(live[1]);
  });

  it('tells what is known of it', async () => {
    const info = JSON.parse((await cli.must(['info', name, '--json'])).stdout) as Record<string, unknown>;
    expect(info).toMatchObject({ name, backend, run: { command: ['jq', '-n', '1+1'], cwd: '/srv/work' } });
    expect(info).not.toHaveProperty('problem');
    expect((await cli.must(['info', name])).stdout).toContain(String(info['treeDigest']));
  });

  it('gets files of any name, and gives them back as they were', async () => {
    const folder = join(cli.work, `data-${backend}`);
    mkdirSync(join(folder, "-a b'$(x)\n"), { recursive: true });
    const odd = Buffer.concat([Buffer.from(join(folder, "-a b'$(x)\n", 'n')), Buffer.of(0xff)]);
    writeFileSync(odd, 'odd', { mode: 0o640 });
    utimesSync(odd, 1e9, 1e9);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    await cli.must(['cp', folder, there('data')]);
    expect(await exec('stat', '-c', '%u:%g %a %Y', '/srv/work/data', '/srv/work/data/link')).toMatch(/^1234:1234 755 /);
    const back = join(cli.work, `back-${backend}`);
    await cli.must(['cp', there('data'), back]);
    expect(await must(['diff', '-r', '--no-dereference', folder, back])).toBe('');
    const copied = Buffer.concat([Buffer.from(join(back, "-a b'$(x)\n", 'n')), Buffer.of(0xff)]);
    const { mode, mtimeMs, uid } = statSync(copied);
    expect([mode & 0o7777, mtimeMs, uid]).toEqual([0o640, 1e12, 0]);
  });

  it('takes a stream and gives one, and is not led elsewhere by a link', async () => {
    await exec('ln', '-s', '/srv/work/kept', '/srv/work/out');
    await exec('sh', '-c', 'echo kept >/srv/work/kept');
    await cli.must(['cp', '-', there('out')], { input: 'new\n' });
    expect((await cli.must(['cp', there('out'), '-'])).stdout).toBe('new\n');
    expect(await exec('cat', '/srv/work/kept')).toBe('kept\n');
    expect(await exec('ls', '-A', '/srv/work')).toBe('data\nkept\nout\n');
  });

  it('has another name with all that it has', async () => {
    const other = `x-${name}`;
    await cli.must(['rename', name, other]);
    expect((await cli.must(['exec', other, '--', 'cat', '/srv/work/kept'])).stdout).toBe('kept\n');
    expect((await cli.run(['exec', name, '--', 'true'])).code).not.toBe(0);
    for (const place of ['specs', 'trees'])
      if (existsSync(join(data(), place))) expect(readdirSync(join(data(), place))).not.toContain(name);
    if (backend === 'docker') {
      expect(await must(['docker', 'ps', '--all', '--format', '{{.Names}}'])).toContain(`reproman-${other}\n`);
      expect((await must(['docker', 'image', 'ls', '--quiet', `reproman/${name}`])).trim()).toBe('');
    }
    await cli.must(['rename', other, name]);
  });

  it('is known to be gone when it was removed behind our back', async () => {
    if (backend === 'docker') {
      await must(['docker', 'rm', '--force', `reproman-${name}`]);
      // It comes back from its image, which has nothing of what was changed.
      expect(await exec('ls', '-A', '/srv/work')).toBe('');
      await must(['docker', 'rm', '--force', `reproman-${name}`]);
      await must(['docker', 'rmi', '--force', `reproman/${name}:latest`]);
    } else await must(['rm', '-rf', '--one-file-system', join(data(), 'trees', name, 'tree')]);
    expect(await rowOf(name)).toMatchObject({ state: 'ready', live: 'missing' });
    expect((await cli.must(['ls', '--refresh', name])).stdout).toContain('gone');
    expect((await cli.run(['start', name])).stderr).toContain('is gone');
    await cli.must(['delete', '--yes', name]);
  });
});
