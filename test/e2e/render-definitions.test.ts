import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { alpineSystem, alpineTar } from '../support/alpine.js';
import { type ApptainerMachine, apptainerMachine } from '../support/apptainer.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { otherRpmSystem } from '../support/rpm-other-system.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['rpm', 'rpmbuild', 'busybox', 'dnf', 'createrepo_c', 'qemu-img', '/usr/sbin/debugfs'];
const folder = mkdtempSync(join(tmpdir(), 'reproman-definitions-'));
let cli: Cli;
let machine: ApptainerMachine;
let user: OrdinaryUser;

beforeEach(needs({ root: true, archive: true, programs }));
beforeEach(
  shared(async () => {
    cli = await freshCli();
    user = await ordinaryUser();
    machine = await apptainerMachine();
    await must(['chmod', '0755', folder]);
    mkdirSync(join(folder, 'templates/render'), { recursive: true });
    const shipped = readFileSync(new URL('../../templates/render/singularity.def', import.meta.url), 'utf8');
    const text = shipped.replace('Bootstrap: docker\n', 'Bootstrap: localimage\n');
    expect(text).not.toBe(shipped);
    writeFileSync(join(folder, 'templates/render/singularity.def'), text);
  }),
);
afterAll(async () => {
  await machine?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface System {
  readonly root: string;
  readonly repository: string;
  readonly release: string;
  readonly spare: string;
  /** What prints what only the versions of the spec have. */
  readonly check: readonly string[];
  readonly expected: string;
}

const systems: readonly (readonly [string, (at: string, context: TestContext) => Promise<System>])[] = [
  [
    'apk',
    async (at, context) => {
      const system = await alpineSystem(at, await alpineTar(context));
      return {
        ...system,
        release: system.release.replace(' ', ':'),
        spare: 'spare=1-r0',
        check: ['cat', '/usr/lib/spare'],
        expected: 'wanted\n',
      };
    },
  ],
  [
    'rpm',
    async (at) => {
      const check = ['rpm', '-q', '--queryformat', '%{NAME} %{VERSION}-%{RELEASE}\n', 'greeter-data', 'spare'];
      const system = await otherRpmSystem(at);
      return {
        ...system,
        release: 'rpm:example 40',
        spare: 'spare=1-1',
        check,
        expected: 'greeter-data 2-1\nspare 1-1\n',
      };
    },
  ],
];

it.for(systems)(
  'gives a definition of an %s system that apptainer builds, older and newer packages becoming those of the spec',
  async ([kind, systemIn], context) => {
    const at = join(folder, kind);
    mkdirSync(at);
    const { root, repository, release, spare, check, expected } = await systemIn(at, context);
    const spec = join(at, 'environment.yml');
    await using server = await serveFolder(repository);
    const env = {
      [`REPROMAN_${kind.toUpperCase()}_REPOSITORIES`]: server.url,
      REPROMAN_UNSIGNED_REPOSITORIES: server.url,
    };
    await cli.must(['resolve', 'greeter', spare, '--on', release, '-o', spec], { env });
    const rendered = join(at, 'singularity');
    const base = join(at, 'base');
    await must(['cp', '-a', '--', root, base]);
    // No ordinary user can make devices.
    await must(['find', join(base, 'dev'), '-mindepth', '1', '-delete']);
    const how = ['--templates', join(folder, 'templates'), '--from', base, '-o', rendered];
    await cli.must(['render', '--to', 'singularity', ...how, spec]);
    await must(['chown', '-R', '--no-dereference', `${user.uid}:${user.gid}`, base, rendered]);
    const own = { PATH: process.env['PATH'] ?? '', HOME: user.home, APPTAINER_CACHEDIR: `${user.home}/cache` };
    const apptainer = (...argv: readonly string[]) =>
      must([...machine.enter, ...user.become, 'apptainer', ...argv], { cwd: rendered, env: own });
    await apptainer('build', '--fakeroot', '--sandbox', 'built', 'environment.def');
    const options = ['--userns', '--no-mount', 'tmp,home'];
    const inside = (...argv: readonly string[]) => apptainer('exec', ...options, 'built', ...argv);
    expect(await inside('greet')).toMatch(/^hello, world/);
    expect(await inside('cat', '/usr/share/theirs')).toBe('kept\n');
    expect(await inside(...check)).toBe(expected);
  },
);

it.for(systems.map(([kind]) => kind))(
  'says that no box of an %s system is known, and takes one that is named',
  async (kind) => {
    const spec = join(folder, kind, 'environment.yml');
    const at = join(folder, kind, 'vagrant');
    const refused = await cli.run(['render', '--to', 'vagrantfile', '-o', at, spec]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/no ready-made system of .* is known.*--from/),
    ]);
    await cli.must(['render', '--to', 'vagrantfile', '--from', 'own/box', '-o', at, spec]);
    expect(readFileSync(join(at, 'Vagrantfile'), 'latin1')).toContain("config.vm.box = 'own/box'");
  },
);
