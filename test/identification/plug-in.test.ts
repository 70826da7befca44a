import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchArtifacts } from '../../src/archives/fetch.js';
import { openStore } from '../../src/archives/store.js';
import { capture } from '../../src/capture/capture.js';
import { offersOf } from '../../src/distributions/offers.js';
import { sha256 } from '../../src/hash.js';
import type { Machine, Shell } from '../../src/machines/machine.js';
import type { Step } from '../../src/model/plan.js';
import { checkContents, customize } from '../../src/planning/customize.js';
import { explainPlan } from '../../src/planning/explain.js';
import { withArtifacts } from '../../src/planning/fetched.js';
import { planEnvironment } from '../../src/planning/plan.js';
import { specSchemas } from '../../src/spec/document/json-schema.js';
import { parseManifest } from '../../src/spec/document/manifest.js';
import { readSpecification } from '../../src/spec/read.js';
import { resolveSpecification } from '../../src/spec/resolve.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../capture/fixture-root.js';

// What adding two distributions takes: one folder and one line each. Nothing else knows of them.
vi.mock('../../src/distributions/registry.js', async (original) => {
  const { distributions: real } = await original<typeof import('../../src/distributions/registry.js')>();
  const { tarballs } = await import('../distributions/tarball/index.js');
  const distributions = {
    overlay: async () => ({ ...tarballs('overlay', ['tarball']), resolve: resolveOverlay }),
    ...real,
    tarball: async () => tarballs('tarball'),
  };
  return { distributions, isDistribution: (name: string) => Object.hasOwn(distributions, name) };
});

const newest = 2 ** 32;
async function resolveOverlay() {
  return { lock: { name: 'overlay', needs: ['tarball'], packages: [] }, epoch: newest };
}

let folder: string;
let root: FixtureRoot;
let spec: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plug-in-'));
  root = await fixtureRoot();
  spec = join(folder, 'environment.yml');
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Installs a tar with one program on the fixture, keeps the tar in the host's cache, and gives its hash. */
async function install(distribution: string, name: string): Promise<string> {
  const program = `/opt/${name}/bin/${name}`;
  await root.file(program, `#!/bin/sh\necho ${name}\n`, 0o755);
  const tar = execFileSync('tar', ['-c', '-C', root.folder, program.slice(1)]);
  await root.file(`/var/cache/${distribution}/${name}-1.tar`, tar);
  const entry = { name, version: '1', used: false, sha256: sha256(tar), url: `http://127.0.0.1:1/${name}.tar` };
  await root.file(`/var/lib/${distribution}/${name}.json`, JSON.stringify({ ...entry, files: [program] }));
  return entry.sha256;
}

async function capturedSpec() {
  const used = ['/usr/bin/hello', '/opt/top/bin/top', '/opt/under/bin/under', '/home/ada/work/run.sh'];
  await root.file('/home/ada/work/run.sh', '#!/bin/sh\n', 0o755);
  const traces = [traceOf(used.map((path) => access(path, 'executed')))] as const;
  await capture({ traces, machine: root.machine, output: spec, options: { repack: 'none' } });
  return readSpecification(spec);
}

/** A machine without root and programs: paths are below the folder. */
function machineIn(target: string): Machine {
  const put: Shell['put'] = async (_path, tar) => {
    execFileSync('tar', ['-x', '-p', '-C', target], { input: await buffer(tar) });
  };
  return { label: 'a folder', shell: { put } } as Partial<Machine> as Machine;
}

describe('a distribution that is one folder and one line of the registry', () => {
  it('is identified, written into the spec and read back from it', async () => {
    await install('overlay', 'top');
    await install('tarball', 'under');
    const { manifest, lock } = await capturedSpec();
    expect(manifest.base.distribution).toBe('debian');
    expect(manifest.distributions).toEqual([
      { name: 'debian', packages: ['hello=2.10-3'] },
      { name: 'overlay', packages: ['top=1'] },
      { name: 'tarball', packages: ['under=1'] },
    ]);
    expect(lock?.distributions[1]).toMatchObject({ name: 'overlay', needs: ['tarball'], packages: [{ used: true }] });
    expect(manifest.files.map(({ path }) => path)).toEqual(['/home/ada/work/run.sh']);
  });

  it("has the owners of its files among the base's accounts", async () => {
    await install('tarball', 'under');
    const { files } = root.machine;
    const owned = Object.create(files, {
      entries: {
        async *value(...asked: Parameters<typeof files.entries>) {
          for await (const [path, entry] of files.entries(...asked)) {
            yield [path, entry && path.startsWith('/opt/') ? { ...entry, uid: 1000, gid: 1000 } : entry];
          }
        },
      },
    });
    const traces = [
      traceOf([access('/opt/under/bin/under', 'executed')], { user: { uid: 0, gid: 0, groups: [] } }),
    ] as const;
    await capture({ traces, machine: { ...root.machine, files: owned }, output: spec, options: { repack: 'none' } });
    const { lock } = await readSpecification(spec);
    const accounts = lock?.distributions.find(({ name }) => name === 'debian')?.accounts;
    expect(accounts?.users.map(({ name }) => name)).toContain('ada');
  });

  it('has its part in the schemas, and its own messages for what is wrong', async () => {
    const schema = JSON.parse((await specSchemas()).get('environment.schema.json') ?? '{}');
    const halves: { properties: { name: { const: string } } }[] = schema.properties.distributions.items.oneOf;
    expect(halves.map(({ properties }) => properties.name.const)).toEqual(
      expect.arrayContaining(['overlay', 'tarball']),
    );
    const text = (half: string) =>
      `version: 1\nbase: { distribution: debian, release: "12", architecture: amd64 }\ndistributions: [${half}]\n`;
    const good = text('{ name: tarball, packages: [under] }');
    expect((await parseManifest(good, 's.yml')).distributions).toEqual([{ name: 'tarball', packages: ['under'] }]);
    await expect(parseManifest(text('{ name: tarball, package: [under] }'), 's.yml')).rejects.toThrow(
      'distributions.0.packages',
    );
  });

  it('keeps its exact half where another part of the spec was edited, even if it has no way to resolve one', async () => {
    await install('overlay', 'top');
    await install('tarball', 'under');
    const { lock: before } = await capturedSpec();
    const text = await readFile(spec, 'utf8');
    const [debian, tarball] = ['debian', 'tarball'].map((each) =>
      before?.distributions.find(({ name }) => name === each),
    );

    await writeFile(spec, text.replace('run.sh', 'other.sh'));
    const moved = await resolveSpecification(await readSpecification(spec), { host: root.machine });
    expect(moved).toMatchObject({ changes: [], lock: { epoch: before?.epoch, distributions: before?.distributions } });

    await writeFile(spec, text.replace('top=1', 'top=2'));
    const { lock } = await resolveSpecification(await readSpecification(spec), { host: root.machine });
    expect(lock.distributions).toEqual([debian, expect.objectContaining({ name: 'overlay', packages: [] }), tarball]);
    expect([lock.halves['overlay']?.epoch, lock.epoch]).toEqual([newest, newest]);
    expect(lock.halves['tarball']).toEqual(before?.halves['tarball']);

    await writeFile(spec, text.replace('under=1', 'under=2'));
    await expect(resolveSpecification(await readSpecification(spec), { host: root.machine })).rejects.toMatchObject({
      message: 'tar files unpacked at the root cannot be resolved from names',
      remedy: expect.stringContaining('undo what was edited'),
    });
  });

  it('comes after the base and after what it needs, with its packages fetched and put in place', async () => {
    const [top, under] = [await install('overlay', 'top'), await install('tarball', 'under')];
    const captured = await capturedSpec();
    const { lock } = await resolveSpecification(captured, { host: root.machine });
    const plan = await planEnvironment(captured, lock);
    expect(plan.bootstrap.packages.map(({ name }) => name)).toEqual(['hello']);
    expect(plan.artifacts.map(({ distribution, name }) => [distribution, name])).toEqual([
      ['tarball', 'under'],
      ['overlay', 'top'],
    ]);
    const own = plan.customize.filter(({ kind }) => kind === 'unpack');
    expect(own.map(({ reason }) => reason)).toEqual(['unpacks under', 'unpacks top']);
    expect(plan.customize.at(-1)).toMatchObject({ kind: 'write', path: '/home/ada/work/run.sh' });
    expect(explainPlan(plan)).toEqual(
      expect.arrayContaining([expect.stringContaining('install under 1: used by the run; from http://')]),
    );

    await checkContents(plan, captured.contents, captured.file);
    const store = await openStore(join(folder, 'store'));
    const host = root.machine;
    const found = await fetchArtifacts(plan.artifacts, {
      ...{ store, contents: captured.contents, host, offers: offersOf(host) },
    });
    expect(plan.artifacts.map((each) => found.get(each))).toMatchObject([
      { sha256: under, rung: 'cache', from: '/var/cache/tarball/under-1.tar' },
      { sha256: top, rung: 'cache', from: '/var/cache/overlay/top-1.tar' },
    ]);

    const target = join(folder, 'target');
    await mkdir(target);
    const { steps, contents } = withArtifacts(plan, found, captured.contents);
    await customize(machineIn(target), steps.filter(isPossibleWithoutRoot), contents);
    expect(await readFile(join(target, 'opt/under/bin/under'), 'utf8')).toContain('echo under');
    expect((await stat(join(target, 'opt/top/bin/top'))).mode & 0o777).toBe(0o755);
  });

  it('cannot be the base, and a spec that says so is told what can', async () => {
    const base = 'base: { distribution: tarball, release: "1", architecture: amd64 }\n';
    await writeFile(spec, `version: 1\n${base}distributions: [{ name: tarball, packages: [] }]\n`);
    await expect(resolveSpecification(await readSpecification(spec), { host: root.machine })).rejects.toMatchObject({
      message: expect.stringContaining('"tarball"'),
      remedy: expect.stringMatching(/^name one of these: (?!.*tarball)/),
    });
  });

  it('is refused where what it needs is not in the spec', async () => {
    await install('overlay', 'top');
    const captured = await capturedSpec();
    if (!captured.lock) throw new Error('no lock');
    await expect(planEnvironment(captured, captured.lock)).rejects.toMatchObject({
      kind: 'usage',
      message: 'overlay needs the distribution tarball, which the spec does not have',
    });
  });
});

/** Carried files keep the owner of the fixture, which may be another than who runs the tests. */
function isPossibleWithoutRoot(step: Step): boolean {
  return step.kind === 'unpack';
}
