import { appendFileSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { environmentDigest } from '../../src/filesystem/digest.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import type { Proof } from '../../src/proof/proof.js';
import { readSpecification } from '../../src/spec/read.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { type BuiltRpms, buildRpms, rpmIn } from '../support/rpm.js';
import { installWithDnf, systemSources } from '../support/rpm-system.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';
import { ordinaryUser } from '../support/users.js';

let folder: string;
let root: string;
let spec: string;
let built: BuiltRpms;
let cli: Cli;

// A system of real packages that dnf installed, one file of which was edited and one removed, and its packages are nowhere any more.
const programs = ['rpm', 'rpmbuild', 'busybox', 'dnf', 'createrepo_c', 'newuidmap', 'setpriv', 'useradd', 'cc'];
beforeEach(needs({ root: true, programs }));
beforeEach(
  shared(async () => {
    cli = await freshCli();
    folder = await mkdtemp(join(tmpdir(), 'reproman-rpm-'));
    root = join(folder, 'root');
    mkdirSync(root, { mode: 0o755 });
    built = await buildRpms(systemSources());
    await installWithDnf(root, built.folder, ['greeter', 'spare', 'example-release']);
    {
      await using server = await serveFolder(built.folder);
      const env = { REPROMAN_RPM_REPOSITORIES: server.url };
      await cli.must(['resolve', 'greeter>=2:1', '--on', 'rpm:example 40', '-o', join(folder, 'named.yml')], { env });
    }
    await built[Symbol.asyncDispose]();
    appendFileSync(join(root, 'etc/greeter.conf'), 'GREETING=goodbye\n');
    unlinkSync(join(root, 'usr/share/doc/greeter/README'));
    spec = join(folder, 'environment.yml');
    await cli.must(['trace', '-o', spec, '--root', root, '--cwd', '/srv', '--', 'sh', '-c', 'greet >out.txt']);
  }),
);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Created {
  readonly proof: Proof;
  readonly resource: { readonly treeDigest: string; readonly environmentDigest: string };
}

async function create(name: string, ...options: string[]): Promise<Created> {
  return JSON.parse((await cli.must(['create', '--json', '--name', name, ...options, spec])).stdout) as Created;
}

/**
 * All that rpm has of each package, by name, without when and by which transaction it was installed, and the size and sum
 * of the very .rpm, which nobody has any more.
 */
async function tableOf(system: string): Promise<Record<string, string>> {
  const headers = await must([...rpmIn(system), '-qa', '--xml']);
  const ofInstallation = /\s*<rpmTag name="(?:Install(?:time|tid)|Sig(?:size|md5)|Archivesize)">.*?<\/rpmTag>/gs;
  const nameOf = (header: string) => /name="Name">\s*<string>([^<]*)/.exec(header)?.[1];
  const rows = headers
    .split('</rpmHeader>')
    .map((each) => [nameOf(each), each.replace(ofInstallation, '').trim()] as const);
  return Object.fromEntries(rows.filter(([name]) => name !== undefined && name !== 'spare'));
}

describe('a command that was traced in an rpm system', () => {
  it('has a spec of the packages that it used, and a lock of all that they require', () => {
    const lock = JSON.parse(readFileSync(join(folder, 'environment.d/lock.json'), 'utf8'));
    const [half] = lock.distributions;
    expect(half.packages.map(({ name, exact }: { name: string; exact?: true }) => [name, exact])).toEqual([
      ['busybox', true],
      ['example-release', true],
      ['filesystem', true],
      // What was edited and removed is put right by steps of its own.
      ['greeter', undefined],
      ['greeter-data', true],
      // A script of greeter added to it; accounts are in the lock.
      ['setup', undefined],
    ]);
  });

  it('is rebuilt from the installed files alone, proved, and does the same again', async () => {
    const { proof, resource } = await create('greet', '--backend', 'rootfs', '--rerun');
    expect(proof.ok).toBe(true);
    expect(proof.reruns.map(({ exit, outputs }) => [exit?.verdict, outputs.map(({ verdict }) => verdict)])).toEqual([
      ['equal', ['equal']],
    ]);
    expect((await cli.must(['exec', 'greet', '--', 'greet'])).stdout).toBe('goodbye, world, made\n');
    const again = await create('again', '--backend', 'rootfs');
    expect(again.resource.treeDigest).toBe(resource.treeDigest);
  });

  it('is made of the names of its packages too, as dnf would install them', async () => {
    const named = join(folder, 'named.yml');
    expect(readFileSync(named, 'utf8')).toContain('packages: [greeter-2:1.0~rc1-3.noarch]');
    // The repository is gone: what was resolved is in the store.
    await cli.must(['create', '--name', 'named', '--backend', 'rootfs', named]);
    expect((await cli.must(['exec', 'named', '--', 'greet'])).stdout).toBe('hello, world, made\n');
  });

  it('is the same tree in Docker, and runs again there', async (context) => {
    await needs({ docker: true })(context);
    const inDocker = await create('inside', '--backend', 'docker', '--rerun');
    expect(inDocker.proof.ok).toBe(true);
    const inFolder = await create('here', '--backend', 'rootfs');
    expect(inDocker.resource.treeDigest).toBe(inFolder.resource.treeDigest);
  });

  it.each([
    ['an ordinary user', false],
    ['one without subordinate ids', true],
  ])('is the same tree where %s builds it', async (_title, isAlone) => {
    await using user = await ordinaryUser({ isAlone });
    await using theirs = await freshCli({ user });
    await must(['cp', '-a', '--', spec, join(folder, 'environment.d'), theirs.work]);
    await must(['chown', '-R', `${user.uid}:${user.gid}`, theirs.work]);
    const { stdout } = await theirs.must(['create', '--json', '--name', 'theirs', '--rerun', 'environment.yml']);
    const { proof, resource } = JSON.parse(stdout) as Created;
    expect(proof.ok).toBe(true);
    expect(resource.treeDigest).toBe((await create(`ours-${isAlone}`, '--backend', 'rootfs')).resource.treeDigest);
  });

  it('has the digest of the environment that was traced, and a database that says the same of every file', async () => {
    const { resource } = await create('queried', '--backend', 'rootfs');
    const traced: FileEntry[] = [];
    for await (const entry of (await readSpecification(spec)).snapshot()) traced.push(entry);
    expect(resource.environmentDigest).toBe(environmentDigest(traced));
    const tree = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/queried/tree');
    expect(await tableOf(tree)).toEqual(await tableOf(root));
    const differing = await must(['sh', '-c', '"$@" --verify --all || true', 'sh', ...rpmIn(tree)]);
    expect(differing.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^\.M\.+ +g \/var\/lib\/greeter\/made$/),
      expect.stringMatching(/^S\.5\.+T\. +c \/etc\/greeter\.conf$/),
      expect.stringMatching(/^missing +d \/usr\/share\/doc\/greeter\/README$/),
    ]);
  });
});
