import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { machineFrom } from '../../src/machines/from.js';
import type { Access } from '../../src/model/access.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { Owner } from '../../src/model/owner.js';
import { readSpecification } from '../../src/spec/read.js';
import type { AccessRecord, Specification } from '../../src/spec/specification.js';
import { type Cli, freshCli } from '../support/cli.js';
import { command, everythingNeeds, makeEverything, place, said } from '../support/everything.js';
import { runLive } from '../support/live-root.js';
import { rebuild } from '../support/loop.js';
import { attribution, dpkgSays, labelOf, npmSays, pipSays, type Said } from '../support/managers.js';
import { needs, shared } from '../support/needs.js';
import { pip } from '../support/python.js';
import { type Root, withRoot } from '../support/roots.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['mmdebstrap', 'docker', 'tar', 'npm', pip] }));

const image = `reproman-test-everything:${process.pid}`;
const made: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const undo of made.reverse()) await undo();
});

let root: Root;
let cli: Cli;
let folder: string;
let commits: Awaited<ReturnType<typeof makeEverything>>;
let spec: Specification;
let accesses: readonly AccessRecord[];

// One command on a machine that has software of all kinds, and an image of the same.
beforeEach(
  shared(async () => {
    root = await withRoot(...everythingNeeds);
    made.push(async () => root[Symbol.asyncDispose]());
    cli = await freshCli();
    made.push(async () => cli[Symbol.asyncDispose]());
    commits = await makeEverything(root);
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
      ...[await dpkgSays(root), await python, npm, await gitSays(), await moduleSays()],
    );
    expect(disagreements).toEqual([]);
    expect(owned).toBeGreaterThan(90);
    expect(spec.manifest.distributions.slice(1)).toMatchObject([
      { name: 'modules', packages: [{ name: 'site/greeter', version: '1.0', path: `${place}/greeter` }] },
      {
        name: 'python',
        environments: [
          { path: `${place}/env`, packages: ['edited==0.2', 'helper==1.5', 'tracked==0.1', 'wheeled-tool==1.2.post1'] },
        ],
      },
      { name: 'npm', trees: [{ path: `${place}/app/node_modules`, packages: ['@corp/built@2.0.1', 'adder@1.2.3'] }] },
      { name: 'git', repositories: [{ path: `${place}/analysis`, commit: commits.analysis, changed: 2 }] },
    ]);
  });

  it('knows where each came from, and carries what no archive has', () => {
    const origins = halfOf('python').packages?.map(({ name, ...more }) => [name, 'origin' in more && more.origin]);
    expect(origins).toEqual([
      ['edited', { url: `file://${place}/src/edited`, editable: true }],
      ['helper', false],
      ['tracked', { url: `file://${place}/src/tracked`, vcs: 'git', commit: commits.tracked }],
      ['wheeled-tool', false],
    ]);
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

  it('is rebuilt and proved the same, and says the same again', async () => {
    const input = { name: 'everything', files: {}, command };
    const result = { code: 0, signal: undefined, stdout: '', stderr: '' };
    const traced = {
      input,
      cli,
      root,
      spec: spec.file,
      folder: join(root.path, place),
      result,
      digests: new Set<string>(),
    };
    await using rebuilt = await rebuild(traced, 'rootfs');
    const { stdout } = await cli.must(['exec', rebuilt.name, '--', 'sh', '-c', 'bash run.sh && cat said.txt']);
    expect(stdout).toBe(said);
  });
});

async function gitSays(): Promise<Said> {
  const listed = await root.inside(['git', '-C', `${place}/analysis`, 'ls-files']);
  const label = labelOf({ distribution: 'git', name: 'analysis', version: commits.analysis });
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

function halfOf(name: string) {
  const half = spec.lock?.distributions.find((each) => each.name === name);
  if (!half) throw new Error(`the lock has nothing of ${name}`);
  return half;
}
