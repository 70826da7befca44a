import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { FilesystemTrie } from '../../src/filesystem/trie/trie.js';
import { identify } from '../../src/identification/identify.js';
import type { FilePath } from '../../src/model/file-path.js';
import { planEnvironment } from '../../src/planning/plan.js';
import { treeView } from '../../src/proof/entries.js';
import { installedVersions } from '../../src/proof/installed.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';

vi.mock('../../src/distributions/registry.js', async (original) => {
  const { distributions: real } = await original<typeof import('../../src/distributions/registry.js')>();
  const { environments } = await import('../distributions/environments/index.js');
  const distributions = { environments: async () => environments, ...real };
  return { distributions, isDistribution: (name: string) => Object.hasOwn(distributions, name) };
});

const library = '/lib/numbers.py';
const [first, second] = ['/opt/science/first.env', '/home/ada/second.env'];

let folder: string;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'environments-'));
  root = await fixtureRoot();
  const installed = (name: string) =>
    `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3\nMaintainer: A <a@example.org>\nDescription: x\n\n`;
  await appendFile(join(root.folder, 'var/lib/dpkg/status'), installed('python') + installed('needed'));
  await root.file('/var/lib/dpkg/info/python.list', '/.\n/usr/bin/python\n');
  await root.file('/var/lib/dpkg/info/needed.list', '/.\n/usr/lib/needed\n');
  await root.file('/usr/bin/python', 'python', 0o755);
  await root.file('/usr/lib/needed', 'needed');
  await environment(first, '1', [library]);
  await environment(second, '2', [library]);
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function environment(at: string, version: string, files: readonly string[]): Promise<void> {
  await root.file(at + library, `version = ${version}\n`);
  const packages = files.map((file) =>
    file === library ? { name: 'numbers', version, files: [file.slice(1)] } : { name: 'rival', version, files: [file] },
  );
  const requires = [{ distribution: 'debian', name: 'needed', version: '3' }];
  await root.file(`${at}/environment.json`, JSON.stringify({ interpreter: '/usr/bin/python', requires, packages }));
}

async function captured(paths: readonly string[], options: CaptureOptions = {}) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read', 'executed')))] as const;
  await capture({ traces, machine: root.machine, output, options: { repack: 'none', ...options } });
  return readSpecification(output);
}

describe('a distribution of what people put anywhere', () => {
  it('is found by the paths that were used, and tells the same package at two places apart', async () => {
    const { manifest, trace, lock } = await captured([first + library, second + library]);
    expect(manifest.distributions.find(({ name }) => name === 'environments')).toMatchObject({
      packages: [`numbers=2 in ${second}`, `numbers=1 in ${first}`],
    });
    expect(lock?.distributions.find(({ name }) => name === 'environments')?.packages).toMatchObject([
      { version: '2', at: second },
      { version: '1', at: first },
    ]);
    expect((await trace('hello'))?.accesses.map(({ owner }) => [owner.package?.version, owner.package?.at])).toEqual([
      ['2', second],
      ['1', first],
    ]);
  });

  it('brings what it needs of the base into that closure: what it found there, and what it says', async () => {
    const spec = await captured([first + library]);
    expect(spec.manifest.distributions.map(({ name }) => name)).toEqual(['debian', 'environments']);
    const [debian] = spec.lock?.distributions ?? [];
    expect(debian?.packages?.map(({ name, used }) => [name, used])).toEqual([
      ['hello', false],
      ['needed', false],
      ['python', true],
    ]);
    if (!spec.lock) throw new Error('no lock');
    const plan = await planEnvironment(spec, spec.lock);
    expect(plan.bootstrap.packages.map(({ name }) => name)).toEqual(['hello', 'needed', 'python']);
  });

  it("does not get what the base's package manager owns, and has no package by it", async () => {
    await environment(first, '1', ['/usr/bin/hello', library]);
    const { manifest } = await captured([first + library, '/usr/bin/hello']);
    expect(manifest.distributions).toEqual([
      { name: 'debian', packages: ['hello=2.10-3', 'python=3'] },
      { name: 'environments', packages: [`numbers=1 in ${first}`] },
    ]);
  });

  it('is not carried once more with the tool whose folder it lies in, unless the user names it', async () => {
    await root.file('/opt/science/run', '#!/bin/sh\n', 0o755);
    await root.file('/opt/science/notes', 'x\n');
    await root.file(`${first}/unused`, 'x\n');
    const paths = ['/opt/science/run', first + library];
    const trees = async (options?: CaptureOptions) =>
      (await captured(paths, options)).manifest.files.map(({ path, tree }) => [path, tree?.files]);
    expect(await trees()).toEqual([['/opt/science', 2]]);
    expect(await trees({ carry: [first as FilePath] })).toEqual([['/opt/science', 5]]);
  });

  it('is left where its database cannot be read, which is told, and the others are found', async () => {
    const { files } = root.machine;
    const gather: typeof files.gather = async (globs, signal, unreadable) => {
      const locked = globs.filter((glob) => glob === `${first}/environment.json`);
      for (const path of locked) unreadable?.(path as FilePath, 'EACCES');
      return files.gather(
        globs.filter((glob) => !locked.includes(glob)),
        signal,
      );
    };
    const machine = { ...root.machine, files: Object.assign(Object.create(files), { gather }) };
    const paths = [access(first + library, 'read'), access(second + library, 'read')];
    const { owners, problems } = await identify(machine, paths);
    expect(owners.get((first + library) as FilePath)?.state).toBe('loose');
    expect(owners.get((second + library) as FilePath)?.state).toBe('owned');
    expect(problems).toEqual([
      `${first}/environment.json cannot be read (EACCES): the packages that it tells of are not known.`,
    ]);
  });

  it('is asked of a created tree by place, through its links', async () => {
    const walked = [];
    await root.link('/opt/link', 'science');
    for await (const entry of root.machine.files.walk('/' as FilePath)) walked.push(entry);
    const installed = installedVersions([{ name: 'environments' }], treeView(await FilesystemTrie.of(walked)), (path) =>
      root.machine.files.read(path),
    );
    const versionAt = (at: string) =>
      installed({ distribution: 'environments', name: 'numbers', version: '1', at: at as FilePath });
    expect(await versionAt('/opt/link/first.env')).toBe('1');
    expect(await versionAt(second)).toBe('2');
    expect(await versionAt('/opt')).toBe('not installed');
  });
});
