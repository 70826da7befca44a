import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { type ApptainerMachine, apptainerMachine } from '../support/apptainer.js';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { layerOf } from '../support/images.js';
import { needs, shared } from '../support/needs.js';
import { buildWheel, pip, python, writeProject } from '../support/python.js';
import { type PythonIndex, servePythonIndex } from '../support/python-index.js';
import { type Registry, startRegistry } from '../support/registry.js';
import { must, run } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['mmdebstrap', 'docker', 'docker-registry', 'newuidmap', 'useradd', python, pip];
beforeEach(needs({ root: true, docker: true, archive: true, programs }));

/** Another run of the tests may be on the same engine. */
const named = (name: string) => `i-${name}-${process.pid}`;
const image = named('image');
const reference = (name: string) => `reproman/${name}:latest`;

let cli: Cli;
let index: PythonIndex;
let registry: Registry;
const wheels = mkdtempSync(join(tmpdir(), 'reproman-wheels-'));

/** The same base, and a package of Python in one of two versions: where it is only named, it is in a venv. */
const made = shared(async () => {
  // With a store of its own, or all would be built anew.
  cli = await freshCli({ ownStore: true });
  for (const version of ['1.0', '2.0']) {
    const project = join(wheels, `src-${version}`);
    writeProject(project, 'greeting', { version, source: `text = 'hello from ${version}'\n` });
    buildWheel(project, join(wheels, 'built'));
  }
  index = await servePythonIndex(join(wheels, 'built'));
  registry = await startRegistry();
  const command = "[/opt/venv/bin/python3, -c, 'import greeting; print(greeting.text)']";
  const base = await ownBase();
  const write = (name: string, packages: string) =>
    writeFileSync(
      join(cli.work, name),
      `version: 1\n${base}\npackages: [${packages}]\nruns:\n  - { id: one, command: ${command}, cwd: /srv }\n`,
    );
  write('one.yml', "python3, 'python:greeting==1.0'");
  write('two.yml', "python3, 'python:greeting==2.0'");
  write('more.yml', "python3, hello, 'python:greeting==1.0'");
  write('fewer.yml', 'jq');
  await create('one.yml', ['--backend', 'docker', '--image-only', '--name', image]);
});
beforeEach(made);
afterAll(async () => {
  await index?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  const rows = JSON.parse((await cli?.run(['ls', '--json']))?.stdout ?? '[]') as { name: string }[];
  if (rows.length > 0) await cli.run(['delete', '--yes', ...rows.map(({ name }) => name)]);
  await cli?.[Symbol.asyncDispose]();
  rmSync(wheels, { recursive: true });
});

const create = (spec: string, args: readonly string[], code = 0) =>
  cli.must(['create', ...args, spec], { env: { PIP_INDEX_URL: index.url }, code });
const info = async (name: string): Promise<Resource> =>
  JSON.parse((await cli.must(['info', '--json', name])).stdout) as Resource;
const layersOf = async (name: string): Promise<string[]> =>
  JSON.parse(
    await must(['docker', 'image', 'inspect', '--format', '{{json .RootFS.Layers}}', reference(name)]),
  ) as string[];

describe('an image of Docker', () => {
  it('has the same lower layers when one package of Python changes, and the tree of one that is made at once', async () => {
    const other = named('other');
    const { stderr } = await create('two.yml', ['--backend', 'docker', '--name', other]);
    expect(stderr).toContain('the layers up to base were built before');
    const [one, two] = [await layersOf(image), await layersOf(other)];
    expect(two).toHaveLength(one.length);
    expect(two[0]).toBe(one[0]);
    expect(two[1]).not.toBe(one[1]);
    expect((await cli.must(['run', other])).stdout).toBe('hello from 2.0\n');
    await create('two.yml', ['--name', named('plain')]);
    expect((await info(named('plain'))).treeDigest).toBe((await info(other)).treeDigest);
    // The layers that it shares are not its own to take away.
    await cli.must(['delete', '--yes', image, other]);
    await create('one.yml', ['--backend', 'docker', '--image-only', '--name', image]);
  });

  it('is shared by its instances, cannot go before them, and is made of one that was changed', async () => {
    await cli.must(['instantiate', image, '--count', '2']);
    const [first, second] = [`${image}-1`, `${image}-2`];
    const ids = await must([
      'docker',
      'image',
      'inspect',
      '--format',
      '{{.Id}}',
      ...[image, first, second].map(reference),
    ]);
    expect(new Set(ids.trim().split('\n')).size).toBe(1);
    expect((await cli.run(['delete', '--yes', image])).stderr).toContain(`${first}, ${second} made of it`);
    expect((await cli.run(['exec', image, '--', 'true'])).stderr).toContain(`reproman instantiate ${image}`);

    await cli.must(['exec', first, '--', 'sh', '-c', 'echo mine > /srv/own']);
    const tuned = named('tuned');
    const { stdout } = await cli.must(['commit', first, tuned]);
    expect(stdout).toContain('not as when it was last proved');
    await cli.must(['instantiate', tuned, '--name', named('again')]);
    expect((await cli.must(['exec', named('again'), '--', 'cat', '/srv/own'])).stdout).toBe('mine\n');
    expect((await cli.run(['exec', second, '--', 'cat', '/srv/own'])).code).toBe(1);
  });

  it('goes to a registry, and is had from there by its digest as a base that is mended', async () => {
    const place = `${registry.address}/lab/base:1`;
    const { stdout } = await cli.must(['push', image, place]);
    const digest = stdout.trim();
    expect(digest).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(await must(['docker', 'images', '--quiet', place])).toBe('');
    const more = named('more');
    await create('more.yml', ['--backend', 'docker', '-b', `base=${digest}`, '--name', more]);
    expect((await cli.must(['exec', more, '--', 'hello', '--greeting=mended'])).stdout).toBe('mended\n');
    const refused = await create('fewer.yml', ['--backend', 'docker', '-b', `base=${digest}`, '--name', 'x'], 5);
    expect(refused.stderr).toContain('is installed but not planned');
    await must(['docker', 'rmi', digest]);
  });
});

it('goes from one backend to another and through files, and stays the same tree', async () => {
  const { treeDigest } = await info(image);
  const tree = named('tree');
  await cli.must(['import', image, '--name', tree, '--image-only']);
  await cli.must(['instantiate', tree]);
  expect((await cli.must(['run', `${tree}-1`])).stdout).toBe('hello from 1.0\n');
  await cli.must(['export', tree, '--to', 'docker-archive', '-o', 'image.tar']);
  const back = named('back');
  await cli.must(['import', 'image.tar', '--spec', 'one.yml', '--backend', 'docker', '--name', back]);
  await cli.must(['import', `docker:${reference(image)}`, '--spec', 'one.yml', '--name', named('saved')]);
  const digests = await Promise.all(
    [tree, `${tree}-1`, back, named('saved')].map(async (name) => (await info(name)).treeDigest),
  );
  expect(new Set(digests)).toEqual(new Set([treeDigest]));
  expect((await cli.run(['import', 'image.tar', '--name', 'x'])).stderr).toContain('Name it with --spec');
});

describe('an archive that somebody made to do harm', () => {
  const link = { name: 'out', type: 'symlink', target: '/tmp', mode: 0o777 } as const;
  const cases: Readonly<Record<string, () => Buffer>> = {
    'a file behind a link': () => layerOf(link, { name: `out/reproman-escaped-${process.pid}`, content: 'x' }),
    'a hard link out of it': () => layerOf({ name: 'mine', type: 'hardlink', target: 'etc/shadow' }),
    'a member twice': () => layerOf({ name: 'a', content: 'x' }, { name: 'a', content: 'y' }),
    'an end that is missing': () => gzipSync(layerOf({ name: 'a', content: 'x'.repeat(100_000) })).subarray(0, 100),
  };

  it.each(Object.keys(cases))('is refused before anything stays: %s', async (what) => {
    const before = everything();
    writeFileSync(join(cli.work, 'harm.tar'), cases[what]?.() ?? '');
    const refused = await cli.run(['import', 'harm.tar', '--spec', 'one.yml', '--name', 'harm']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('the tree in the file cannot be taken'),
    ]);
    expect(existsSync(`/tmp/reproman-escaped-${process.pid}`)).toBe(false);
    expect(everything()).toEqual(before);
  });

  it('can neither bring devices nor have its name servers written elsewhere', async () => {
    await cli.must(['export', named('tree'), '-o', 'good.tar']);
    const folder = mkdtempSync(join(cli.work, 'harm-'));
    await must(['tar', '-xpf', join(cli.work, 'good.tar'), '-C', folder]);
    await must(['mknod', join(folder, 'srv/disk'), 'b', '8', '0']);
    await must(['rm', '-f', join(folder, 'etc/resolv.conf')]);
    await must(['ln', '-s', '/run/../../escaped', join(folder, 'etc/resolv.conf')]);
    await must(['tar', '-C', folder, '--numeric-owner', '-cf', join(cli.work, 'harm.tar'), '.']);
    await cli.run(['import', 'harm.tar', '--spec', 'one.yml', '--name', 'harm']);
    const { stdout } = await cli.must(['exec', 'harm', '--', 'sh', '-c', 'ls /srv; readlink /etc/resolv.conf']);
    expect(stdout).toBe('/run/../../escaped\n');
    expect(existsSync(join(data(), 'trees/harm/escaped'))).toBe(false);
    await cli.must(['delete', '--yes', 'harm']);
  });

  const data = () => join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
  const everything = () =>
    readdirSync(data()).flatMap((folder) => (folder === 'inventory-id' ? [] : readdirSync(join(data(), folder))));
});

it('keeps what it knows from others, whatever the umask', async () => {
  const [one, two] = [named('mask-1'), named('mask-2')];
  const open = (args: readonly string[]) =>
    must(['sh', '-c', 'umask 0; exec "$@"', 'sh', ...cli.program, ...args], { cwd: cli.work, env: cli.env });
  await open(['instantiate', named('tree'), '--name', one]);
  await open(['instantiate', image, '--name', two]);
  expect(openToOthers(join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman'))).toEqual([]);
  await cli.must(['delete', '--yes', one, two]);
});

/** Of what lies in a resource's own folder, which nobody else may enter, the modes are the environment's. */
function openToOthers(folder: string, depth = 0): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const isOpen = (lstatSync(path).mode & 0o077) !== 0;
    const inside = entry.isDirectory() && (depth === 0 || isOpen) ? openToOthers(path, depth + 1) : [];
    return isOpen ? [path, ...inside] : inside;
  });
}

it('leaves nothing of an instance, wherever its making was killed', async () => {
  const journal = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman', 'resources');
  const victim = named('victim');
  let kills = 0;
  for (let moment = 1; moment < 12; moment++) {
    if (!(await killedAt(['instantiate', image, '--name', victim], journal, `${victim}.json`, moment))) break;
    kills++;
    await cli.must(['delete', '--yes', victim]);
    expect(await must(['docker', 'ps', '--all', '--quiet', '--filter', `name=${victim}`])).toBe('');
    expect(await must(['docker', 'images', '--quiet', reference(victim)])).toBe('');
    expect(readdirSync(journal)).not.toContain(`${victim}.json`);
  }
  expect(kills).toBeGreaterThan(3);
});

/** Every change of an entry is a rename onto it: SIGKILL right after the n-th. False where the command came to its end. */
async function killedAt(args: readonly string[], folder: string, entry: string, moment: number): Promise<boolean> {
  const [program = '', ...rest] = [...cli.program, ...args];
  const child = spawn(program, rest, { cwd: cli.work, env: cli.env, stdio: 'ignore' });
  let seen = 0;
  const watcher = watch(folder, (event, file) => {
    if (event === 'rename' && file === entry && ++seen === moment) child.kill('SIGKILL');
  });
  await once(child, 'close');
  watcher.close();
  return child.exitCode === null;
}

it('is the same tree for a user who has no other ids than their own, and is lived in', async () => {
  await using user = await ordinaryUser({ isAlone: true });
  await using own = await freshCli({ user });
  await cli.must(['export', named('tree'), '-o', join(own.work, 'tree.tar')]);
  for (const name of ['one.yml', 'one.d']) await must(['cp', '-r', join(cli.work, name), own.work]);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, own.work]);
  const { stderr } = await own.must(['import', 'tree.tar', '--spec', 'one.yml', '--name', 'alone']);
  expect(stderr).toContain('whose they are in the environment is kept beside them');
  const { treeDigest } = JSON.parse((await own.must(['info', '--json', 'alone'])).stdout) as Resource;
  expect(treeDigest).toBe((await info(named('tree'))).treeDigest);
  expect((await own.must(['run', 'alone'])).stdout).toBe('hello from 1.0\n');
});

describe('a SIF', () => {
  let user: OrdinaryUser;
  let machine: ApptainerMachine;
  let own: Cli;
  afterAll(async () => {
    await own?.[Symbol.asyncDispose]();
    await user?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
  });

  it('is made of a tree and shared by instances, and gives the same tree back', async () => {
    user = await ordinaryUser();
    own = await freshCli({ user });
    machine = await apptainerMachine();
    const there = async (args: readonly string[]) => {
      const result = await run([...machine.enter, ...own.program, ...args], { cwd: own.work, env: own.env });
      if (result.code !== 0) throw new Error(`${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
      return result.stdout;
    };
    await cli.must(['export', image, '-o', join(own.work, 'tree.tar')]);
    for (const name of ['one.yml', 'one.d']) await must(['cp', '-r', join(cli.work, name), own.work]);
    await must(['chown', '-R', `${user.uid}:${user.gid}`, own.work]);
    const spec = ['--spec', 'one.yml'];
    await there(['import', 'tree.tar', ...spec, '--backend', 'singularity', '--image-only', '--name', 'sif']);
    await there(['instantiate', 'sif', '--count', '2']);
    expect(await there(['run', 'sif-2'])).toBe('hello from 1.0\n');
    await there(['export', 'sif-1', '--to', 'sif', '-o', 'again.sif']);
    expect(readFileSync(join(own.work, 'again.sif')).toString('latin1', 32, 41)).toBe('SIF_MAGIC');
    await there(['import', 'again.sif', ...spec, '--name', 'back']);
    const rows = JSON.parse(await there(['ls', '--json'])) as { treeDigest: string }[];
    expect(new Set(rows.map((row) => row.treeDigest))).toEqual(new Set([(await info(image)).treeDigest]));
    await there(['delete', '--yes', 'sif', 'sif-1', 'sif-2', 'back']);
  });
});
