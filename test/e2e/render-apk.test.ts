import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { alpineSystem, alpineTar } from '../support/alpine.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';
import { serveFolder } from '../support/serve-folder.js';

const image = `reproman-render-apk-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'reproman-render-apk-'));
const spec = join(folder, 'environment.yml');
let cli: Cli | undefined;

beforeEach(needs({ root: true, docker: true, programs: ['docker', 'qemu-img', '/usr/sbin/debugfs'] }));
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  const tags = await must(['docker', 'images', '--format', '{{.Repository}}:{{.Tag}}', image]);
  for (const tag of tags.split('\n').filter(Boolean)) await must(['docker', 'rmi', '--force', tag]);
  rmSync(folder, { recursive: true });
});

/** By name: what apk has installed. */
function versionsIn(database: string): Record<string, string> {
  return Object.fromEntries([...database.matchAll(/^P:(.+)\nV:(.+)$/gm)].map(([, name, version]) => [name, version]));
}

it('gives a Dockerfile of an apk system that docker builds, older and newer packages becoming those of the spec', async (context: TestContext) => {
  const tar = await alpineTar(context);
  cli = await freshCli();
  const { root, repository, release } = await alpineSystem(folder, tar);
  const base = join(folder, 'base.tar');
  await must(['tar', '-C', root, '--numeric-owner', '-cpf', base, '.']);
  await must(['docker', 'import', base, `${image}:base`]);
  await using server = await serveFolder(repository);
  const env = { REPROMAN_APK_REPOSITORIES: server.url, REPROMAN_UNSIGNED_REPOSITORIES: server.url };
  await cli.must(['resolve', 'greeter', 'spare=1-r0', '--on', release.replace(' ', ':'), '-o', spec], { env });
  const at = join(folder, 'dockerfile');
  await cli.must(['render', '--to', 'dockerfile', '--from', `${image}:base`, '-o', at, spec]);
  await must(['docker', 'build', '--quiet', '--network', 'host', '--tag', `${image}:built`, at]);
  const inside = (...argv: readonly string[]) => must(['docker', 'run', '--rm', `${image}:built`, ...argv]);
  const ofBase = versionsIn(readFileSync(join(root, 'lib/apk/db/installed'), 'utf8'));
  expect(ofBase).toMatchObject({ libgreet: '1.1-r0', spare: '2-r0', theirs: '1-r0' });
  expect(versionsIn(await inside('cat', '/lib/apk/db/installed'))).toEqual({
    ...ofBase,
    ...{ greeter: '1.0_rc2-r1', libgreet: '1.2-r0', spare: '1-r0' },
  });
  expect(await inside('greet')).toBe('hello, world\n');
  expect(await inside('cat', '/var/lib/greeted', '/usr/lib/spare', '/usr/share/theirs')).toBe('made\nwanted\nkept\n');
  expect(await inside('apk', 'audit', '--system', '--packages')).not.toMatch(/greet|spare/);
});
