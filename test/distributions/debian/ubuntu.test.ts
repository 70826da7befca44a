import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import { planBootstrap, planDebian } from '../../../src/distributions/debian/plan.js';
import type { DebianLock } from '../../../src/distributions/debian/schema.js';
import type { Base } from '../../../src/packaging/base-system.js';
import { readSpecification } from '../../../src/spec/read.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';

let folder: string;
let root: FixtureRoot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ubuntu-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The least of a key that can be told from anything else: a packet of its kind, of one byte. */
const packet = Buffer.from('980104', 'hex');
const key = [
  '-----BEGIN PGP PUBLIC KEY BLOCK-----',
  '',
  packet.toString('base64'),
  '-----END PGP PUBLIC KEY BLOCK-----',
];
const keyring = '/usr/share/keyrings/ubuntu-archive-keyring.gpg';

// As Ubuntu 24.04 has it: os-release is a link, and the archive's sources and those of a PPA are in the deb822 format.
it("takes an Ubuntu for what it is: its release, its archive with Ubuntu's key, and a PPA with its own", async () => {
  await rm(`${root.folder}/etc/os-release`);
  await root.file(
    '/usr/lib/os-release',
    'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n',
  );
  await root.link('/etc/os-release', '../usr/lib/os-release');
  await root.file('/etc/debian_version', 'trixie/sid\n');
  await root.file(keyring, packet);
  const source = (uri: string, signedBy: string) =>
    `Types: deb\nURIs: ${uri}\nSuites: noble\nComponents: main\nSigned-By:${signedBy}\n`;
  await root.file(
    '/etc/apt/sources.list.d/ubuntu.sources',
    source('http://archive.ubuntu.example/ubuntu/', ` ${keyring}`),
  );
  const inline = `\n${key.map((line) => ` ${line || '.'}`).join('\n')}`;
  await root.file('/etc/apt/sources.list.d/team-ppa.sources', source('https://ppa.example/team/ppa/ubuntu/', inline));
  const lists = '/var/lib/apt/lists/archive.ubuntu.example_ubuntu_dists_noble';
  const index = 'Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nFilename: pool/h.deb\nSize: 5\n';
  await root.file(`${lists}_main_binary-amd64_Packages`, `${index}SHA256: ${'a'.repeat(64)}\n`);
  await root.file(`${lists}_InRelease`, 'Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble\nCodename: noble\n');

  const output = join(folder, 'environment.yml');
  const traces = [traceOf([access('/usr/bin/hello', 'executed')])] as const;
  await capture({ traces, machine: root.machine, output, options: { repack: 'none' } });
  const { manifest, lock } = await readSpecification(output);
  expect(manifest.base).toMatchObject({ distribution: 'debian', release: 'ubuntu 24.04', codename: 'noble' });
  const debian = lock?.distributions[0] as DebianLock;
  expect(debian.archives).toMatchObject([{ id: 'Ubuntu@archive.ubuntu.example:noble/main', signedBy: keyring }]);
  expect(debian.keys?.map(({ path }) => path)).toEqual(['/etc/apt/trusted.gpg.d/team-ppa.asc', keyring]);

  const context = { base: manifest.base as Base, libc: 'glibc' as const, epoch: 0 };
  const { details } = planBootstrap(debian, context);
  expect(planBootstrap(debian, context)).toMatchObject({ release: 'ubuntu 24.04' });
  expect(details).toMatchObject({
    suite: 'noble',
    sources: [
      `deb [signed-by=${keyring}] http://archive.ubuntu.example/ubuntu noble main`,
      'deb https://ppa.example/team/ppa/ubuntu noble main',
    ],
  });
  const written = planDebian(debian, context).steps.flatMap((step) => (step.kind === 'write' ? [step.path] : []));
  expect(written).toEqual(['/etc/apt/trusted.gpg.d/team-ppa.asc', keyring]);
});

it('keeps the source of an archive whose key a package of the closure brings', () => {
  const sources = ['ubuntu-archive-keyring', 'neurodebian-archive-keyring', 'other'].map(
    (name) => `deb [signed-by=/usr/share/keyrings/${name}.gpg] http://a.example/ s main`,
  );
  const named = (name: string) => ({
    name,
    version: '1',
    architecture: 'all',
    used: false,
    control: {},
    locations: [],
  });
  const packages = ['ubuntu-keyring', 'neurodebian-archive-keyring'].map((name) => ({
    ...named(name),
    certainty: 'unknown' as const,
  }));
  const lock: DebianLock = {
    ...{ name: 'debian', architecture: 'amd64', foreignArchitectures: [], archives: [], packages, diversions: [] },
    ...{ alternatives: [], statOverrides: [], accounts: { users: [], groups: [] }, sources },
  };
  const base: Base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' };
  const [ubuntu, neurodebian, other] = sources;
  expect(planBootstrap(lock, { base, libc: 'glibc', epoch: 0 }).details).toMatchObject({
    sources: [ubuntu, neurodebian, `# ${other}`],
  });
});
