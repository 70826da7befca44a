import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';
import { must } from '../support/run.js';
import { faults, type PublishedSource, type SnapshotService, snapshotService } from '../support/snapshot-service.js';

const day = '20240101T000000Z';
const lost = { archive: 'debian', architecture: 'all', from: day } as const;

const programs = 'repro-built && repro-old && repro-again';

let folder: string;
let service: SnapshotService;
let root: Root | undefined;
let cli: Cli;
let spec: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproman-built-'));
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await root?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'dpkg-deb', 'dpkg-source'] }));
beforeEach(
  shared(async () => {
    const built = { ...lost, name: 'repro-built', version: '1.0', content: await packed('repro-built', '1.0') };
    const old = { ...lost, name: 'repro-old', version: '2.0-1', content: await packed('repro-old', '2.0-1') };
    const newer = { ...lost, name: 'repro-old', version: '2.0-2', content: await packed('repro-old', '2.0-2') };
    const again = { ...lost, architecture: 'amd64', name: 'repro-again', version: '1.0+b2' };
    const fields = { Architecture: 'amd64', Source: 'repro-again (1.0)' };
    const rebuilt = { ...again, content: await packed('repro-again', '1.0+b2', fields) };
    const sources = [await source('repro-built', 'all'), await source('repro-again', 'any')];
    service = await snapshotService([built, old, newer, rebuilt], 'stable', { sources });
    cli = await freshCli({ takesBare: true });
    root = await withRoot();
    await install(root);
    spec = join(cli.work, 'environment.yml');
    const command = ['sh', '-c', programs];
    await cli.must(['trace', '--repack', 'none', '-o', spec, '--root', root.path, '--', ...command]);
  }),
);

/** A package with one program, as its source makes it but for what the archive wrote into it. */
async function packed(name: string, version: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const tree = join(folder, `${name}-${version}`);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  const fields = { Package: name, Version: version, Architecture: 'all', 'X-Built-By': 'the archive' };
  const others = { Maintainer: 'Ada <ada@example.org>', Description: 'a program' };
  const control = Object.entries({ ...fields, ...more, ...others }).map(([field, value]) => `${field}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), control.join(''));
  await writeFile(join(tree, `usr/bin/${name}`), `#!/bin/sh\necho ${name}\n`, { mode: 0o755 });
  await must(['dpkg-deb', '--build', '--root-owner-group', tree, `${tree}.deb`]);
  return readFile(`${tree}.deb`);
}

const rules = (name: string, target: string) => `#!/usr/bin/make -f
build build-arch build-indep clean:
binary ${target}:
\tmkdir -p debian/out/DEBIAN debian/out/usr/bin
\tprintf '#!/bin/sh\\necho ${name}\\n' > debian/out/usr/bin/${name}
\tchmod 755 debian/out/usr/bin/${name}
\tdpkg-gencontrol -Pdebian/out
\tdpkg-deb --root-owner-group --build debian/out ..
`;

/** The source of one of the packages, by dpkg's own tool. */
async function source(name: string, architecture: 'all' | 'any'): Promise<PublishedSource> {
  const tree = join(folder, name);
  const control = `Source: ${name}\nMaintainer: Ada <ada@example.org>\nBuild-Depends: make\n\nPackage: ${name}\n`;
  const entry = `${name} (1.0) stable; urgency=low\n\n  * First.\n\n`;
  const files = {
    'source/format': '3.0 (native)\n',
    control: `${control}Architecture: ${architecture}\nDescription: a program\n`,
    changelog: `${entry} -- Ada <ada@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n`,
    rules: rules(name, architecture === 'all' ? 'binary-indep' : 'binary-arch'),
  };
  await mkdir(join(tree, 'debian/source'), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(tree, 'debian', file), text, { mode: 0o755 });
  await must(['dpkg-source', '--build', tree], { cwd: folder });
  const names = [`${name}_1.0.dsc`, `${name}_1.0.tar.xz`];
  const contents = await Promise.all(names.map((file) => readFile(join(folder, file))));
  return {
    ...{ name, version: '1.0', buildDepends: 'make, debhelper-compat (= 13) <pkg.never>' },
    files: Object.fromEntries(names.map((file, at) => [file, contents[at] ?? Buffer.alloc(0)])),
  };
}

async function install({ path, inside }: Root): Promise<void> {
  const line = `deb [trusted=yes] ${service.base}/mirror/debian/${day} stable main\n`;
  await writeFile(join(path, 'etc/apt/sources.list.d/day.list'), line);
  const own = ['Dir::Etc::sourcelist=/etc/apt/sources.list.d/day.list', 'Dir::Etc::sourceparts=-'];
  const options = [...own, 'Acquire::Check-Valid-Until=false', 'APT::Get::List-Cleanup=0'];
  await inside(['apt-get', ...options.flatMap((option) => ['-o', option]), 'update']);
  await inside([
    'apt-get',
    'install',
    '--yes',
    '--no-install-recommends',
    'repro-built=1.0',
    'repro-old=2.0-1',
    'repro-again=1.0+b2',
  ]);
}

interface Report {
  readonly fetched: readonly {
    readonly package: { readonly name: string };
    readonly rung: string;
    readonly sameness: string;
    readonly version?: string;
  }[];
  readonly proof: { readonly ok: boolean; readonly tree: { readonly notes: readonly string[] } };
}

function inShort(fetched: Report['fetched']) {
  const own = fetched.filter((each) => each.package.name.startsWith('repro-'));
  return own.map((each) => [each.package.name, each.rung, each.sameness, each.version]).sort();
}

const expected = [
  ['repro-again', 'built', 'same-source', undefined],
  ['repro-built', 'built', 'same-source', undefined],
  ['repro-old', 'nearest', 'other-version', '2.0-2'],
];

describe('packages that nobody has any more', () => {
  it('are built from source or of the nearest version where anything is taken, and the proof says so', async () => {
    // Neither the mirror nor the service has the very packages.
    service.fail(/\/mirror\/.*\/pool\/main\//, ...Array(500).fill(faults.missing()));
    service.fail(/^\/mr\/binary\/repro-(?:built|again)\//, ...Array(50).fill(faults.missing()));
    service.fail(/^\/mr\/binary\/repro-old\/2\.0-1\//, ...Array(50).fill(faults.missing()));
    service.fail(/^\/archive\/.*\/pool\/main\//, ...Array(50).fill(faults.missing()));
    const env = { REPROMAN_DEBIAN_SNAPSHOTS: service.base, REPROMAN_UBUNTU_SNAPSHOTS: '' };
    const refused = await cli.run(['create', '--name', 'built', spec], { env });
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('3 packages cannot be had exactly')]);
    const created = await cli.run(['create', '--json', '--name', 'built', '--require', 'any', spec], { env });
    expect(created.code, created.stdout).toBe(6);
    const { fetched, proof } = JSON.parse(created.stdout) as Report;
    expect(inShort(fetched)).toEqual(expected);
    expect(proof.ok).toBe(false);
    expect(proof.tree.notes).toEqual(
      expect.arrayContaining([
        expect.stringContaining('repro-built 1.0 was built anew'),
        expect.stringContaining('repro-again 1.0+b2 was built anew'),
        expect.stringContaining('repro-old is 2.0-2, not 2.0-1, so this is not the same'),
      ]),
    );
    const ran = await cli.must(['exec', 'built', '--', 'sh', '-c', programs]);
    expect(ran.stdout).toBe('repro-built\nrepro-old\nrepro-again\n');
    // What its archive built again without a change of its source has the version of that.
    const format = '--showformat=$' + '{Version} $' + '{source:Version}';
    const asked = await cli.must(['exec', 'built', '--', 'dpkg-query', '--show', format, 'repro-again']);
    expect(asked.stdout).toBe('1.0+b2 1.0');
    expect(created.stdout).toMatch(/again as 1\.0\+b2 with a changelog entry of our own/);
    // Whoever asks later is told the same.
    const verified = await cli.run(['verify', '--require', 'exact', 'built']);
    expect([verified.code, verified.stdout]).toEqual([6, expect.stringContaining('repro-old is 2.0-2, not 2.0-1')]);
    expect(verified.stdout).toContain('--require exact: not the very packages: repro-again, repro-built, repro-old');
    // The room that it was built in is gone.
    expect((await cli.must(['ls'])).stdout).not.toContain('build-');
    await cli.must(['delete', '--yes', 'built']);
    // What stood in for them is found again without a network.
    const offline = await cli.run(['create', '--json', '--offline', '--name', 'later', '--require', 'any', spec]);
    expect(offline.code, offline.stderr).toBe(6);
    expect(inShort((JSON.parse(offline.stdout) as Report).fetched)).toEqual(expected);
    await cli.must(['delete', '--yes', 'later']);
  });
});
