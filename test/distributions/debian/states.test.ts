import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import type { CaptureOptions } from '../../../src/capture/request.js';
import { planDebian } from '../../../src/distributions/debian/plan.js';
import type { DebianLock } from '../../../src/distributions/debian/schema.js';
import { readSpecification } from '../../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';
import { needs } from '../../support/needs.js';

let folder: string;
let root: FixtureRoot;
beforeEach(needs({ root: true, programs: ['dpkg', 'dpkg-deb'] }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'states-'));
  root = await fixtureRoot();
  for (const name of ['updates', 'triggers']) await mkdir(join(root.folder, 'var/lib/dpkg', name));
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Builds a package with one file, one setting, and scripts of these names, each of which fails. */
async function build(name: string, version: string, failing: readonly string[] = []): Promise<string> {
  const tree = join(folder, `${name}-${version}`);
  for (const place of ['DEBIAN', 'etc', `usr/share/${name}`]) await mkdir(join(tree, place), { recursive: true });
  const control = { Package: name, Version: version, Architecture: 'amd64', Maintainer: 'A <a@example.org>' };
  const fields = Object.entries({ ...control, Description: 'd' }).map(([field, value]) => `${field}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), fields.join(''));
  await writeFile(join(tree, 'DEBIAN/conffiles'), `/etc/${name}.conf\n`);
  await writeFile(join(tree, `etc/${name}.conf`), 'setting\n');
  await writeFile(join(tree, `usr/share/${name}/data`), 'data\n');
  for (const script of failing) await writeFile(join(tree, 'DEBIAN', script), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const deb = `${tree}.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, deb], { stdio: 'ignore' });
  return deb;
}

/** The real dpkg, working on the fixture; whether it ended well. */
function dpkg(arguments_: readonly string[], input = ''): boolean {
  const options = ['--force-script-chrootless', '--force-bad-path', '--log=/dev/null'];
  try {
    execFileSync('dpkg', [`--root=${root.folder}`, ...options, ...arguments_], { input, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

async function captured(paths: readonly string[], options: CaptureOptions = { repack: 'none' }) {
  const output = join(folder, 'environment.yml');
  const traces = [traceOf(paths.map((path) => access(path, 'read')))] as const;
  const { notes } = await capture({ traces, machine: root.machine, output, options });
  const { lock, manifest } = await readSpecification(output);
  const debian = lock?.distributions[0] as DebianLock;
  return {
    debian,
    notes,
    files: manifest.files,
    package: (name: string) => debian.packages.find((p) => p.name === name),
  };
}

describe('packages that dpkg left', () => {
  it('on hold: said, kept, and put on hold again', async () => {
    expect(dpkg(['--install', await build('held', '1.0-1')])).toBe(true);
    expect(dpkg(['--set-selections'], 'held hold\n')).toBe(true);
    const found = await captured(['/usr/share/held/data']);
    expect(found.package('held')).toMatchObject({ hold: true });
    expect(found.package('held')).not.toHaveProperty('problems');
    expect(found.notes).toContain('held:amd64: It is on hold, and will be again.');
    const { steps } = planDebian(found.debian, { base: {} as never, libc: 'glibc', epoch: 0 });
    expect(steps).toContainEqual(expect.objectContaining({ argv: expect.arrayContaining(['held']) }));
  });

  it('unpacked and not configured: told of as not whole', async () => {
    expect(dpkg(['--install', await build('broken', '1.0-1', ['postinst'])])).toBe(false);
    const found = await captured(['/usr/share/broken/data']);
    expect(found.package('broken')).toMatchObject({ state: 'half-configured', problems: [expect.any(String)] });
    expect(found.notes).toContainEqual(expect.stringMatching(/^broken:amd64: It is unpacked and not configured/));
  });

  it('half-installed, when a new version could be neither installed nor undone: told of as not whole', async () => {
    expect(dpkg(['--install', await build('broken', '1.0-1')])).toBe(true);
    expect(dpkg(['--install', await build('broken', '2.0-1', ['preinst', 'postrm'])])).toBe(false);
    const found = await captured(['/usr/share/broken/data']);
    expect(found.package('broken')).toMatchObject({ version: '1.0-1', state: 'half-installed' });
    expect(found.notes).toContainEqual(expect.stringMatching(/^broken:amd64: It is half-installed/));
  });

  it('half-installed without a file: in no environment that does not use it', async () => {
    expect(dpkg(['--install', await build('broken', '1.0-1', ['preinst', 'postrm'])])).toBe(false);
    const found = await captured(['/usr/bin/hello']);
    expect(found.package('broken')).toBeUndefined();
  });

  it('removed with its settings there: one that a run read is carried, with whose it was', async () => {
    expect(dpkg(['--install', await build('gone', '1.0-1')])).toBe(true);
    expect(dpkg(['--remove', 'gone'])).toBe(true);
    const found = await captured(['/etc/gone.conf']);
    expect(found.package('gone')).toBeUndefined();
    expect(found.files).toMatchObject([
      { path: '/etc/gone.conf', carried: true, why: 'generated: configuration-left' },
    ]);
    expect(found.notes).toContain('gone:amd64: It was removed and left /etc/gone.conf, which is carried.');
    expect((await captured(['/usr/bin/hello'])).notes.join()).not.toContain('gone');
  });
});

it('names packages that were installed from files, which no archive has, and whether they are kept', async () => {
  expect(dpkg(['--install', await build('local', '1.0-1')])).toBe(true);
  await root.file('/etc/apt/sources.list', 'deb http://archive.example/debian bookworm main\n');
  const lists = '/var/lib/apt/lists/archive.example_debian_dists_bookworm';
  const index = 'Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nFilename: pool/h.deb\nSize: 5\n';
  await root.file(`${lists}_main_binary-amd64_Packages`, `${index}SHA256: ${'a'.repeat(64)}\n`);
  await root.file(`${lists}_Release`, 'Origin: Debian\nSuite: stable\nCodename: bookworm\n');
  const paths = ['/usr/share/local/data', '/usr/bin/hello'];
  expect((await captured(paths)).notes).toContain(
    'In no archive that apt knows, and not kept, so that they cannot be installed again: local:amd64 1.0-1.',
  );
  const kept = await captured(paths, { repack: 'all' });
  expect(kept.notes).toContain('In no archive that apt knows, and kept as they are installed: local:amd64 1.0-1.');
  expect(kept.package('local')).toMatchObject({ certainty: 'repacked', locations: [] });
});
