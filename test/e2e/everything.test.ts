import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { BackendName } from '../../backends/registry.js';
import { capture } from '../../src/capture/capture.js';
import { machineFrom } from '../../src/machines/from.js';
import type { Access } from '../../src/model/access.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { Owner } from '../../src/model/owner.js';
import type { Proof } from '../../src/proof/proof.js';
import { readSpecification } from '../../src/spec/read.js';
import type { AccessRecord, Specification } from '../../src/spec/specification.js';
import { type Cli, freshCli } from '../support/cli.js';
import { elsewhere } from '../support/elsewhere.js';
import { command, type Everything, everythingNeeds, makeEverything, place, said } from '../support/everything.js';
import { runLive } from '../support/live-root.js';
import { rebuild } from '../support/loop.js';
import { attribution, dpkgSays, labelOf, npmSays, pipSays, type Said } from '../support/managers.js';
import { needs, shared } from '../support/needs.js';
import { pip } from '../support/python.js';
import { type Root, withRoot } from '../support/roots.js';
import { must, type RunResult } from '../support/run.js';
import { ordinaryUser } from '../support/users.js';

const programs = ['mmdebstrap', 'docker', 'tar', 'npm', 'zstd', 'cc', 'newuidmap', 'setpriv', 'useradd', pip];
beforeEach(needs({ root: true, docker: true, archive: true, programs }));

const image = `reproman-test-everything:${process.pid}`;
const made: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const undo of made.reverse()) await undo();
});

let root: Root;
let cli: Cli;
let folder: string;
let everything: Everything;
let spec: Specification;
let accesses: readonly AccessRecord[];

// One command on a machine that has software of all kinds, and an image of the same.
beforeEach(
  shared(async () => {
    root = await withRoot(...everythingNeeds);
    made.push(async () => root[Symbol.asyncDispose]());
    cli = await freshCli({ takesBare: true });
    made.push(async () => cli[Symbol.asyncDispose]());
    everything = await makeEverything(root);
    made.push(async () => everything[Symbol.asyncDispose]());
    folder = join(cli.work, 'spec');
    mkdirSync(folder);
    await runLive(root.path, folder, place, ['trace', '-o', '/mnt/output/environment.yml', '--', ...command]);
    expect(readFileSync(join(root.path, place, 'said.txt'), 'utf8')).toBe(said);
    // After the run: it changed the time of the folder that it wrote to.
    await must(['sh', '-c', 'tar -c --numeric-owner -C "$1" . | docker import - "$2"', 'sh', root.path, image]);
    made.push(() => must(['docker', 'rmi', '--force', image]));
    spec = await readSpecification(join(folder, 'environment.yml'));
    accesses = (await spec.trace(spec.manifest.runs[0]?.id ?? ''))?.accesses ?? [];
  }),
);

describe('one command that uses software of every kind', () => {
  it('has each in its spec as its own manager says', async () => {
    const python = pipSays(root, `${place}/env`);
    const npm = npmSays(root, `${place}/app`);
    const { owned, disagreements } = attribution(
      accesses
        .filter(({ uses, before }) => before !== 'absent' && !uses.includes('absent'))
        .map(({ owner }) => [owner.path, owner] as const),
      ...[await dpkgSays(root), await python, npm, condaSays(), await gitSays(), await moduleSays()],
    );
    expect(disagreements).toEqual([]);
    expect(owned).toBeGreaterThan(90);
    expect(spec.manifest.distributions.slice(1)).toMatchObject([
      { name: 'modules', packages: [{ name: 'site/greeter', version: '1.0', path: `${place}/greeter` }] },
      {
        name: 'conda',
        prefixes: [{ path: `${place}/conda`, packages: ['numbers-data=2026.1=0', 'numbers=1.0=h1_0'] }],
      },
      {
        name: 'python',
        environments: [
          {
            path: `${place}/env`,
            packages: ['edited==0.2', 'helper==1.5', 'pinned==4.0', 'tracked==0.1', 'wheeled-tool==1.2.post1'],
          },
        ],
      },
      { name: 'npm', trees: [{ path: `${place}/app/node_modules`, packages: ['@corp/built@2.0.1', 'adder@1.2.3'] }] },
      { name: 'git', repositories: [{ path: `${place}/analysis`, commit: everything.analysis, changed: 2 }] },
    ]);
  });

  it('knows where each came from, and carries what no archive has', () => {
    const origins = halfOf('python').packages?.map(({ name, ...more }) => [name, 'origin' in more && more.origin]);
    expect(origins).toEqual([
      ['edited', { url: `file://${place}/src/edited`, editable: true }],
      ['helper', false],
      ['pinned', { url: expect.stringContaining(everything.archive), sha256: expect.any(String) }],
      ['tracked', { url: `file://${place}/src/tracked`, vcs: 'git', commit: everything.tracked }],
      ['wheeled-tool', false],
    ]);
    // Nobody else gets at the loopback: what has been had from there is carried, byte for byte.
    expect(halfOf('conda').packages).toMatchObject(
      ['numbers', 'numbers-data'].map((name) => ({
        ...{ name, url: expect.stringContaining(everything.archive), sha256: expect.any(String) },
        content: expect.any(String),
      })),
    );
    expect(halfOf('npm').packages).toMatchObject([
      { name: '@corp/built', integrity: expect.stringMatching(/^sha512-/), certainty: 'verified' },
      { name: 'adder', integrity: expect.stringMatching(/^sha512-/), certainty: 'verified' },
    ]);
    expect(halfOf('git').packages).toMatchObject([
      { changed: ['run.py', 'unused.txt'], remotes: [{ url: `file://${place}/analysis.git`, hasCommit: true }] },
    ]);
    const carried = spec.manifest.files.filter((file) => file.carried).map(({ path }) => path);
    const ours = ['analysis/beside.py', 'analysis/run.py', 'loose.sh', 'names.py', 'run.sh'];
    expect(carried).toEqual(expect.arrayContaining(ours.map((name) => `${place}/${name}`)));
  });

  it('is told the same of an image that holds the same, but for what only a run tells', async () => {
    await using machine = await machineFrom(`docker:${image}`);
    const before = accesses.filter((access) => access.before !== 'absent');
    const paths = before.map(({ path, resolved, uses }): Access => ({ path, uses, ...(resolved ? { resolved } : {}) }));
    const output = join(cli.work, 'image.yml');
    await capture({ traces: [], paths, machine, output });
    const held = await readSpecification(output);

    // Which module files were loaded, and under which names, no file tells: without the run they are files of nobody.
    const isLoaded = (owner: Owner | undefined) => owner?.package?.distribution === 'modules';
    const ofModules = new Set(before.filter(({ owner }) => isLoaded(owner)).map(({ path }) => path));
    expect(ofModules.size).toBe(2);
    const others = <T extends { readonly path: FilePath }>(rows: readonly T[]) =>
      rows.filter(({ path }) => !ofModules.has(path));
    const ownersOf = (rows: readonly AccessRecord[]) =>
      others(rows).map(({ path, resolved, owner }) => ({ path, resolved, owner }));
    expect(ownersOf(await held.paths())).toEqual(ownersOf(before));

    const withoutModules = <T extends { readonly name: string }>(halves: readonly T[] = []) =>
      halves.filter(({ name }) => name !== 'modules');
    expect(held.lock?.distributions).toEqual(withoutModules(spec.lock?.distributions));
    const { runs: _runs, platform: _where, ...manifest } = spec.manifest;
    const { runs, platform: _image, ...found } = held.manifest;
    expect(runs).toEqual([]);
    expect({ ...found, files: found.files.filter(({ path }) => !ofModules.has(pathFromText(path))) }).toEqual({
      ...manifest,
      distributions: withoutModules(manifest.distributions),
    });
  });

  it('is rebuilt and proved the same on each backend, to the last byte of its tar and of an image', async () => {
    expect(await rebuiltOn('docker')).toEqual(await rebuiltHere());
  });

  it('is the same from a bundle, for another user elsewhere, a year later, without a network', async () => {
    const here = await rebuiltHere();
    await cli.must(['pack', '-o', 'all.repro', spec.file]);
    await using user = await ordinaryUser();
    await using theirs = await freshCli({ user });
    const run = await elsewhere(user, theirs);
    const bundle = join(theirs.work, 'all.repro');
    copyFileSync(join(cli.work, 'all.repro'), bundle);
    await must(['chown', `${user.uid}:${user.gid}`, bundle]);
    const created = await run('create', '--json', '--rerun', '--name', 'everything', bundle);
    if (created.code !== 0) throw new Error(`${created.stdout.slice(-4000)}${created.stderr}`);
    const { proof, resource, fetched } = JSON.parse(created.stdout) as Created;
    expect(proof.ok).toBe(true);
    expect(proof.reruns.flatMap(({ outputs }) => outputs.map(({ verdict }) => verdict))).toEqual(['equal']);
    expect([...digests]).toEqual([resource.treeDigest]);
    expect(fetched.filter(({ rung }) => rung !== 'store' && rung !== 'contents')).toEqual([]);
    expect(await exportsOf('everything', theirs, run)).toEqual(here);

    // What it unpacks to is packed again to the same bytes.
    expect((await run('unpack', bundle, '-C', 'apart')).code).toBe(0);
    expect((await run('pack', 'apart/environment.yml', '-o', 'again.repro')).code).toBe(0);
    expect(readFileSync(join(theirs.work, 'again.repro')).equals(readFileSync(bundle))).toBe(true);
  });
});

interface Created {
  readonly proof: Proof;
  readonly resource: { readonly treeDigest: string };
  readonly fetched: readonly { readonly rung: string }[];
}

/** Tree digests of all that was built. */
const digests = new Set<string | undefined>();
let onRootfs: ReturnType<typeof rebuiltOn> | undefined;

function rebuiltHere(): ReturnType<typeof rebuiltOn> {
  onRootfs ??= rebuiltOn('rootfs');
  return onRootfs;
}

/** Built, proved and run again on a backend; gives what its tar and image are. */
async function rebuiltOn(backend: BackendName) {
  const input = { name: 'everything', files: {}, command };
  const result = { code: 0, signal: undefined, stdout: '', stderr: '' };
  const traced = { input, cli, root, spec: spec.file, folder: join(root.path, place), result, digests };
  await using rebuilt = await rebuild(traced, backend);
  const exported = await exportsOf(rebuilt.name, cli, (...args) => cli.run(args));
  const { stdout } = await cli.must(['exec', rebuilt.name, '--', 'sh', '-c', 'bash run.sh && cat said.txt']);
  expect(stdout).toBe(said);
  const held = ['dpkg', '--get-selections', 'jq'];
  expect((await cli.must(['exec', rebuilt.name, '--', ...held])).stdout).toBe(await root.inside(held));
  return exported;
}

/** What a resource is written as: a tar, and the layer, configuration and manifest of an image. */
async function exportsOf(name: string, { work }: Cli, run: (...args: string[]) => Promise<RunResult>) {
  const write = async (file: string, ...options: string[]) => {
    const written = await run('export', name, '--json', '-o', file, ...options);
    if (written.code !== 0) throw new Error(written.stderr);
    return (JSON.parse(written.stdout) as { readonly sha256: string }).sha256;
  };
  const tar = await write('files.tar');
  await write('image.tar', '--to', 'oci');
  const members = (await must(['tar', 'tf', join(work, 'image.tar')])).split('\n');
  for (const file of ['files.tar', 'image.tar']) rmSync(join(work, file));
  const blobs = members.filter((member) => member.startsWith('./blobs/'));
  expect(blobs).toHaveLength(3);
  return { tar, blobs };
}

async function gitSays(): Promise<Said> {
  const listed = await root.inside(['git', '-C', `${place}/analysis`, 'ls-files']);
  const label = labelOf({ distribution: 'git', name: 'analysis', version: everything.analysis });
  return new Map(
    listed
      .trim()
      .split('\n')
      .map((name) => [pathFromText(`${place}/analysis/${name}`), new Set([label])]),
  );
}

async function moduleSays(): Promise<Said> {
  const load = `. /usr/share/modules/init/bash; module use ${place}/modules; module load site/greeter`;
  const tell = 'echo "$LOADEDMODULES"; echo "$_LMFILES_"; command -v greet';
  const [loaded = '', ...files] = (await root.inside(['bash', '-c', `${load}; ${tell}`])).trim().split('\n');
  const label = `modules:${loaded.replace(/\/([^/]*)$/, '@$1')}`;
  return new Map(files.map((file) => [pathFromText(file), new Set([label])]));
}

/** conda's own records, as no conda is needed: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html */
function condaSays(): Said {
  const records = join(root.path, place, 'conda/conda-meta');
  const names = readdirSync(records).filter((name) => name.endsWith('.json'));
  return new Map(
    names.flatMap((file) => {
      const { name, version, files } = JSON.parse(readFileSync(join(records, file), 'utf8')) as CondaRecord;
      const label = labelOf({ distribution: 'conda', name, version });
      return files.map((each) => [pathFromText(`${place}/conda/${each}`), new Set([label])] as const);
    }),
  );
}

interface CondaRecord {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
}

function halfOf(name: string) {
  const half = spec.lock?.distributions.find((each) => each.name === name);
  if (!half) throw new Error(`the lock has nothing of ${name}`);
  return half;
}
