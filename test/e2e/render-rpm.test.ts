import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { otherRpmSystem } from '../support/rpm-other-system.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';

const programs = ['rpm', 'rpmbuild', 'busybox', 'dnf', 'createrepo_c', 'docker'];
const image = `reproman-render-rpm-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'reproman-render-rpm-'));
const spec = join(folder, 'environment.yml');
let cli: Cli;
let server: Awaited<ReturnType<typeof serveFolder>>;

const made = shared(async () => {
  cli = await freshCli();
  const { root, repository } = await otherRpmSystem(folder);
  const tar = join(folder, 'base.tar');
  await must(['tar', '-C', root, '--numeric-owner', '-cpf', tar, '.']);
  await must(['docker', 'import', tar, `${image}:base`]);
  server = await serveFolder(repository);
  const env = { REPROMAN_RPM_REPOSITORIES: server.url, REPROMAN_UNSIGNED_REPOSITORIES: server.url };
  await cli.must(['resolve', 'greeter', 'spare=1-1', '--on', 'rpm:example 40', '-o', spec], { env });
});
beforeEach(needs({ root: true, docker: true, programs }));
beforeEach(made);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  const tags = await must(['docker', 'images', '--format', '{{.Repository}}:{{.Tag}}', image]);
  for (const tag of tags.split('\n').filter(Boolean)) await must(['docker', 'rmi', '--force', tag]);
  rmSync(folder, { recursive: true });
});

const query = ['rpm', '-qa', '--queryformat', '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH}\n'];

/** Name, version and architecture of all that the spec has. */
function locked(): string[] {
  const lock = JSON.parse(readFileSync(join(folder, 'environment.d/lock.json'), 'utf8')) as {
    distributions: { packages: { name: string; version: string; architecture: string }[] }[];
  };
  const packages = lock.distributions.flatMap((half) => half.packages);
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['greeter', 'greeter-data', 'spare']));
  return packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
}

it('gives a Dockerfile of an rpm system that docker builds, older and newer packages becoming those of the spec', async () => {
  const at = join(folder, 'dockerfile');
  await cli.must(['render', '--to', 'dockerfile', '--from', `${image}:base`, '-o', at, spec]);
  await must(['docker', 'build', '--quiet', '--network', 'host', '--tag', `${image}:built`, at]);
  const inside = (...argv: readonly string[]) => must(['docker', 'run', '--rm', `${image}:built`, ...argv]);
  const installed = (await inside(...query)).split('\n').filter(Boolean);
  const ofBase = installed.filter((line) => /^(?:rpm|theirs) /.test(line));
  expect(installed.toSorted()).toEqual([...locked(), ...ofBase].toSorted());
  expect(ofBase.length).toBe(2);
  expect(await inside('greet')).toBe('hello, world, made\n');
  expect(await inside('cat', '/usr/share/theirs')).toBe('kept\n');
  expect(await inside('sh', '-c', 'rpm --verify --all --noghost || true')).toBe('');
});
