import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';
import { must } from '../support/run.js';
import { faults, type Published, type SnapshotService, snapshotService } from '../support/snapshot-service.js';

/** What the traced machine was installed from has moved on since: only a snapshot service has these versions. */
const days = ['20240101T000000Z', '20240201T000000Z', '20240301T000000Z'] as const;
const parts = [
  { archive: 'debian', name: 'repro-first', version: '1:1.0+b1', from: days[0], until: days[1] },
  { archive: 'debian', name: 'repro-second', version: '2.0~rc1', from: days[1], until: days[2] },
  { archive: 'third-party', name: 'repro-third', version: '3.0', from: days[2] },
  { archive: 'debian', name: 'repro-unlisted', version: '4.0', from: '20240110T000000Z', until: '20240120T000000Z' },
  { archive: 'debian', name: 'repro-first', version: '1:1.1', from: days[1] },
] as const;

let folder: string;
let debs: readonly (Published & { readonly file: string })[];
let root: Root | undefined;
let cli: Cli;
let service: SnapshotService;
let spec: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproman-snapshots-'));
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'dpkg-deb'] }));
beforeEach(
  shared(async () => {
    debs = await Promise.all(parts.map(build));
    service = await snapshotService(debs, 'stable');
    cli = await freshCli({ ownStore: true });
    root = await withRoot();
    await install(root);
    spec = join(cli.work, 'environment.yml');
    const tools = parts.slice(0, 4).map(({ name }) => name);
    const command = ['sh', '-c', tools.join(' && ')];
    await cli.must(['trace', '--repack', 'none', '-o', spec, '--root', root.path, '--', ...command]);
  }),
);

/** A package with one program, made by dpkg's own tool. */
async function build(part: (typeof parts)[number]) {
  const tree = join(folder, `${part.name}-${part.version}`);
  const program = join(tree, 'usr/bin', part.name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  const fields = { Package: part.name, Version: part.version, Architecture: 'amd64' };
  const more = { Maintainer: 'Ada <ada@example.org>', Description: 'a program' };
  const control = Object.entries({ ...fields, ...more }).map(([name, value]) => `${name}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), control.join(''));
  await writeFile(program, `#!/bin/sh\necho ${part.name} ${part.version}\n`, { mode: 0o755 });
  const file = `${tree}.deb`;
  await must(['dpkg-deb', '--build', '--root-owner-group', tree, file]);
  return { ...part, architecture: 'amd64', content: await readFile(file), file };
}

/** From each archive as it was on one day; the last package is not in any index that the machine has. */
async function install({ path, inside }: Root): Promise<void> {
  const sources = [
    ['debian', days[0]],
    ['debian', days[1]],
    ['third-party', days[2]],
  ].map(([archive, day]) => `deb [trusted=yes] ${service.base}/mirror/${archive}/${day} stable main\n`);
  await writeFile(join(path, 'etc/apt/sources.list.d/days.list'), sources.join(''));
  const own = ['Dir::Etc::sourcelist=/etc/apt/sources.list.d/days.list', 'Dir::Etc::sourceparts=-'];
  const options = [...own, 'Acquire::Check-Valid-Until=false', 'APT::Get::List-Cleanup=0'];
  await inside(['apt-get', ...options.flatMap((option) => ['-o', option]), 'update']);
  const wanted = parts.slice(0, 3).map(({ name, version }) => `${name}=${version}`);
  await inside(['apt-get', 'install', '--yes', '--no-install-recommends', ...wanted]);
  await must(['cp', debs[3]?.file ?? '', join(path, 'tmp/unlisted.deb')]);
  await inside(['dpkg', '-i', '/tmp/unlisted.deb']);
}

describe('a spec whose packages only a snapshot service has', () => {
  it('is told to be so by check, with the step, the place and an exit code', async () => {
    moveOn();
    const checked = await cli.run(['check', '--json', spec], { env: settings() });
    expect(checked.code).toBe(5);
    const { packages } = JSON.parse(checked.stdout) as Report;
    expect(own(packages)).toEqual([
      ['repro-first', 'vanishing', 'snapshot'],
      ['repro-second', 'vanishing', 'snapshot'],
      ['repro-third', 'vanishing', 'snapshot'],
      ['repro-unlisted', 'gone', undefined],
    ]);
    const kept = await cli.run(['check', '--require', 'same-source', '--archive', spec], { env: settings() });
    expect([kept.code, kept.stderr]).toEqual([0, expect.stringContaining('4 packages are in the store now')]);
    await cli.must(['store', 'prune', '--yes']);
  });

  it('is rebuilt from it, through all that can go wrong on the way, and only as exact as it was asked for', async () => {
    moveOn();
    const refused = await cli.run(['create', '--name', 'snapshots', spec], { env: settings() });
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('--require same-source')]);
    await cli.must(['store', 'prune', '--yes']);
    service.fail(/^\/mr\//, faults.busy(429), faults.busy(503), faults.cut());
    service.fail(fileOf(0), faults.wrongBytes());
    service.fail(fileOf(1), faults.signIn());
    service.fail(fileOf(2), faults.cut(), faults.busy(503));
    service.fail(/InRelease$/, faults.busy(429));
    const create = ['create', '--json', '--rerun', '--name', 'snapshots', '--require', 'same-source', spec];
    const created = await cli.must(create, { env: settings() });
    const { fetched, proof } = JSON.parse(created.stdout) as Report;
    const found = fetched.filter((each) => each.package.name.startsWith('repro-'));
    expect(found.map((each) => [each.package.name, each.rung, each.sameness]).sort()).toEqual([
      ['repro-first', 'snapshot', 'exact'],
      ['repro-second', 'snapshot', 'exact'],
      ['repro-third', 'snapshot', 'exact'],
      ['repro-unlisted', 'snapshot', 'same-source'],
    ]);
    expect(proof.ok).toBe(true);
    const listed = await cli.must(['store', 'ls', '--json']);
    const { contents } = JSON.parse(listed.stdout) as Report;
    const hashes = debs.slice(0, 3).map(({ name, version }) => `${name} ${version}`);
    expect(contents.flatMap(({ packages }) => packages)).toEqual(expect.arrayContaining(hashes));
    await cli.must(['store', 'verify']);
  });
});

interface Report {
  readonly packages: readonly { package: { name: string }; state: string; rung?: string }[];
  readonly fetched: readonly { package: { name: string }; rung: string; sameness: string }[];
  readonly proof: { readonly ok: boolean };
  readonly contents: readonly { packages: readonly string[] }[];
}

function own(packages: Report['packages']) {
  const found = packages.filter((each) => each.package.name.startsWith('repro-'));
  return found.map((each) => [each.package.name, each.state, each.rung]).sort();
}

/** The archives that the machine was installed from have these packages no more. */
function moveOn(): void {
  service.fail(/^\/mirror\/.*\/pool\//, ...Array(500).fill(faults.missing()));
}

/** The address by hash of one of the packages. */
function fileOf(at: number): RegExp {
  const sha1 = createHash('sha1')
    .update(debs[at]?.content ?? '')
    .digest('hex');
  return new RegExp(`^/file/${sha1}$`);
}

function settings(): Record<string, string> {
  return { REPROMAN_DEBIAN_SNAPSHOTS: service.base, REPROMAN_UBUNTU_SNAPSHOTS: '' };
}
