import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { alpineTar } from '../support/alpine.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-install-apk-'));
const origin = join(folder, 'origin');
const specOf = (name: string) => join(folder, name, 'environment.yml');
let cli: Cli;

beforeEach(needs({ root: true, programs: ['qemu-img', '/usr/sbin/debugfs'] }));
/** Traced in an Alpine system: of its base alone, and of more packages with a file of a user that it has. */
beforeEach(async (context) => {
  const tar = await alpineTar(context);
  if (cli) return;
  cli = await freshCli();
  mkdirSync(origin, { mode: 0o755 });
  await must(['tar', '-C', origin, '--numeric-owner', '-xpf', tar]);
  await trace('first', 'sh', '-c', 'echo on');
  const there = (...argv: readonly string[]) => must(['chroot', origin, ...argv]);
  await there('addgroup', '-g', '4321', 'people');
  await there('adduser', '-D', '-H', '-u', '4320', '-G', 'people', 'ada');
  await there('sh', '-c', 'echo told >/opt/notes && chown ada:people /opt/notes');
  await trace('second', 'sh', '-c', 'curl --version; cat /opt/notes');
  await cli.must(['create', '--name', 'lab', '--backend', 'rootfs', specOf('first')]);
});
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function trace(name: string, ...argv: readonly string[]): Promise<void> {
  mkdirSync(join(folder, name));
  await cli.must(['trace', '-o', specOf(name), '--root', origin, '--cwd', '/', '--', ...argv]);
}

const inLab = (path: string) => join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/lab/tree', path);
const packages = () => readFileSync(inLab('lib/apk/db/installed'), 'utf8').match(/(?<=^P:).*/gm) ?? [];

it('adds packages and accounts to an Alpine environment that was built', async () => {
  await cli.must(['create', '--name', 'plain', '--backend', 'rootfs', specOf('first')]);
  const { stdout } = await cli.must(['install', 'plain', specOf('second'), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ proof: { ok: true }, left: [] });
  expect((await cli.must(['exec', 'plain', '--', 'curl', '--version'])).stdout).toMatch(/^curl \d/);
  expect((await cli.must(['exec', 'plain', '--', 'id', '-un', 'ada'])).stdout).toBe('ada\n');
});

it('adds them where accounts were added since, and leaves those', async () => {
  expect(packages()).not.toContain('curl');
  await must(['chroot', inLab(''), 'adduser', '-D', '-H', '-u', '5000', '-s', '/bin/sh', 'own']);
  const { stdout } = await cli.must(['install', 'lab', specOf('second'), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    proof: { ok: true },
    left: ['/etc/group', '/etc/passwd', '/etc/shadow'],
  });
  expect(packages()).toContain('curl');
  expect((await cli.must(['exec', 'lab', '--', 'sh', '-c', 'curl --version'])).stdout).toMatch(/^curl \d/);
  const { uid, gid } = statSync(inLab('opt/notes'));
  expect([uid, gid]).toEqual([4320, 4321]);
  expect(await must(['chroot', inLab(''), 'id', 'ada'])).toMatch(/^uid=4320\(ada\) gid=4321\(people\) /);
  expect(readFileSync(inLab('etc/passwd'), 'utf8')).toContain('own:x:5000:');
});
