import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import type { CaptureOptions } from '../../../src/capture/request.js';
import type { CondaLock } from '../../../src/distributions/conda/schema.js';
import { planEnvironment } from '../../../src/planning/plan.js';
import type { Lock } from '../../../src/spec/document/schema.js';
import { readSpecification } from '../../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';
import { listing, putInPlace } from '../../packaging/put-in-place.js';
import { type CondaSource, installWithConda } from '../../support/conda.js';
import { needs } from '../../support/needs.js';

const prefix = '/home/ada/miniconda3/envs/science';
const binary = Buffer.from('\x7fELF\0').toString('base64');
const python: CondaSource = {
  ...{ name: 'python', version: '3.11.5', build: 'h1_0', depends: ['libz >=1.2,<2', '__glibc >=2.17'] },
  requested: 'python=3.11',
  files: {
    'bin/python3.11': { base64: binary, mode: 0o775 },
    'bin/python': { link: 'python3.11' },
    'lib/python3.11/os.py': { text: 'name = 1\n' },
    'lib/python3.11/_sysconfigdata.py': { text: 'prefix = "{placeholder}"\n' },
  },
};
const libz: CondaSource = {
  ...{ name: 'libz', version: '1.3', build: 'h0_1', format: 'tar.bz2' },
  channel: 'http://127.0.0.1:1/t/to-1234567890-ken/forge',
  files: {
    'lib/libz.so.1.3': { base64: binary },
    'lib/libz.so': { link: 'libz.so.1.3' },
    'etc/z.conf': { text: 'at {placeholder}\n' },
  },
};
const tool: CondaSource = {
  ...{ name: 'tool', version: '2.0', build: 'py_0', noarch: 'python', depends: ['python >=3.8', 'nothing-installed'] },
  ...{ entry_points: ['tool = tool.main:run'], requested: 'conda-forge::tool' },
  files: {
    'site-packages/tool/main.py': { text: 'def run(): pass\n' },
    'python-scripts/old-tool': { text: '#!{placeholder}/bin/python\n', mode: 0o775 },
  },
};
const unused: CondaSource = { name: 'unused', version: '1', build: '0', files: { 'share/unused': { text: 'x' } } };
const module = `${prefix}/lib/python3.11/site-packages/tool/main.py`;

let folder: string;
let root: FixtureRoot;
const made: string[] = [];
beforeEach(needs({ programs: ['/usr/bin/python3', 'zstd', 'bzip2'] }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conda-'));
  root = await fixtureRoot();
  const pkgs = join(root.folder, 'home/ada/miniconda3/pkgs');
  installWithConda({ root: root.folder, prefix, pkgs, packages: [libz, python, tool, unused] });
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  for (const each of [folder, ...made.splice(0)]) await rm(each, { recursive: true, force: true });
});

async function captured(paths: readonly string[], options: CaptureOptions = {}) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output, options });
  const spec = await readSpecification(output);
  const lock = spec.lock?.distributions.find(({ name }) => name === 'conda') as CondaLock | undefined;
  const owners = new Map((await spec.trace('hello'))?.accesses.map(({ path, owner }) => [path as string, owner]));
  return { spec, lock, owners, notes, certainties: lock?.packages.map(({ name, certainty }) => [name, certainty]) };
}

async function placed(spec: Awaited<ReturnType<typeof captured>>['spec']) {
  const result = await putInPlace(spec, root.machine);
  made.push(...result.folders);
  return result;
}

/** What is installed, without what the closure does not need, and the record that has a token. */
async function installed(): Promise<Record<string, unknown>> {
  const all = await listing(root.folder, prefix);
  return Object.fromEntries(Object.entries(all).filter(([path]) => !/\/share(?:\/|$)|unused|libz-1.*json/.test(path)));
}

describe('a prefix of conda', () => {
  it('has the packages that were used and all that they depend on, with what was asked for', async () => {
    const { spec, lock, owners, certainties } = await captured([module, `${prefix}/bin/tool`]);
    expect(spec.manifest.distributions.find(({ name }) => name === 'conda')).toEqual({
      name: 'conda',
      prefixes: [{ path: prefix, requested: ['conda-forge::tool', 'python=3.11'], packages: ['tool=2.0=py_0'] }],
    });
    expect(certainties).toEqual([
      ['libz', 'verified'],
      ['python', 'verified'],
      ['tool', 'verified'],
    ]);
    expect(lock?.packages.map(({ used, needs = [] }) => [used, needs])).toEqual([
      [false, []],
      [false, ['libz']],
      [true, ['python']],
    ]);
    expect(owners.get(`${prefix}/bin/tool`)).toMatchObject({
      state: 'owned',
      package: { name: 'tool', version: '2.0', at: prefix },
    });
  });

  it('is put back exactly from packages in a cache, the prefix put into text and binaries', async () => {
    const { spec } = await captured([module], { repack: 'none' });
    const { folder: target, rungs } = await placed(spec);
    expect([...rungs].sort()).toEqual([
      ['libz', 'cache'],
      ['python', 'cache'],
      ['tool', 'cache'],
    ]);
    expect(await listing(target, prefix)).toEqual(await installed());
  });

  it('is put back exactly without a cache, from packages kept or from installed files', async () => {
    const { spec } = await captured([module]);
    await rm(join(root.folder, 'home/ada/miniconda3/pkgs'), { recursive: true });
    const kept = await placed(spec);
    expect(new Set(kept.rungs.values())).toEqual(new Set(['contents']));
    expect(await listing(kept.folder, prefix)).toEqual(await installed());
    const repacked = await captured([module]);
    expect(repacked.certainties).toEqual([
      ['libz', 'repacked'],
      ['python', 'repacked'],
      ['tool', 'repacked'],
    ]);
    const { folder: target } = await placed(repacked.spec);
    expect(await listing(target, prefix)).toEqual(await installed());
  });

  it('tells changed files, and has them as they are', async () => {
    const changed = `${prefix}/lib/python3.11/os.py`;
    await appendFile(join(root.folder, changed), '# edited\n');
    const { spec, owners } = await captured([changed, module]);
    expect(owners.get(changed)).toMatchObject({ state: 'modified', rule: 'content', package: { name: 'python' } });
    const { folder: target } = await placed(spec);
    expect(await listing(target, prefix)).toEqual(await installed());
  });

  it('leaves what pip installed to Python, which stands on the interpreter that conda installed', async () => {
    const site = `${prefix}/lib/python3.11/site-packages`;
    const other = `${site}/pipped/__init__.py`;
    await root.file(other, 'x = 1\n');
    await root.file(`${site}/pipped-0.1.dist-info/METADATA`, 'Metadata-Version: 2.1\nName: pipped\nVersion: 0.1\n');
    await root.file(`${site}/pipped-0.1.dist-info/INSTALLER`, 'pip\n');
    await root.file(`${site}/pipped-0.1.dist-info/RECORD`, 'pipped/__init__.py,,\npipped-0.1.dist-info/RECORD,,\n');
    const { spec, owners, certainties } = await captured([other, module]);
    expect([other, module].map((path) => owners.get(path)?.package?.distribution)).toEqual(['python', 'conda']);
    expect(spec.manifest.distributions.map(({ name }) => name)).toEqual(['debian', 'conda', 'python']);
    expect(certainties?.map(([name]) => name)).toEqual(['libz', 'python', 'tool']);
    expect((await planEnvironment(spec, spec.lock as Lock)).customize.length).toBeGreaterThan(0);
  });

  it('holds no token of a channel, nor a record that has one', async () => {
    const { lock, notes } = await captured([module]);
    expect(JSON.stringify(lock)).not.toContain('to-1234567890-ken');
    expect(lock?.packages[0]?.url).toBe('http://127.0.0.1:1/forge/linux-64/libz-1.3-h0_1.tar.bz2');
    expect(notes.join()).toContain('conda-meta/libz-1.3-h0_1.json is left out');
  });

  it('leaves the history of its commands out where that has a token', async () => {
    const history = `${prefix}/conda-meta/history`;
    await appendFile(
      join(root.folder, history),
      '# cmd: conda install -c https://conda.example.org/t/to-1234567890-ken/forge x\n',
    );
    const { spec } = await captured([module, history]);
    const { folder: target } = await placed(spec);
    expect(Object.keys(await listing(target, `${prefix}/conda-meta`))).not.toContain(history);
  });

  it('goes on where a record is broken, and says so', async () => {
    await writeFile(join(root.folder, prefix, 'conda-meta/unused-1-0.json'), '{');
    const { notes, owners } = await captured([module, `${prefix}/share/unused`]);
    expect(notes.join()).toContain('unused-1-0.json cannot be understood');
    expect(owners.get(`${prefix}/share/unused`)?.state).toBe('loose');
  });
});
