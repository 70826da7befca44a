import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Cli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { place, type Rebuilt, rebuild, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { run } from '../support/run.js';
import { type VagrantHost, vagrantHost, vagrantPrograms } from '../support/vagrant.js';

beforeEach(
  needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap', 'ssh', 'mke2fs', ...vagrantPrograms] }),
);

const root = place('root', { takesBare: true });
let host: VagrantHost;
let before: string[];
let traced: Traced;
let cli: Cli;
let made: Rebuilt;

/** One machine for all of it: it takes its time to start. */
const prepare = shared(async () => {
  host = await vagrantHost();
  traced = await root.trace(pipeline);
  cli = traced.cli;
  before = await host.remains(cli.env);
  await using _plain = await rebuild(traced, 'rootfs');
  made = await rebuild(traced, 'vagrant:rootfs', host.parameters);
});
// An emulated processor takes its time, and more of it where others work beside it.
beforeEach(prepare, 1_800_000);
afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
});

const stored = (): { outer: { folder: string } } => {
  const folder = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/resources');
  return JSON.parse(readFileSync(join(folder, `${made.name}.json`), 'utf8'));
};

it('is the tree that is made here, in a virtual machine, proved and with the same result', () => {
  expect(made.proof.ok).toBe(true);
  expect(traced.digests.size).toBe(1);
});

it('runs commands as they run here: input, output, exit code', async () => {
  const script = 'cat; echo told >&2; exit 7';
  const { stdout, stderr, code } = await cli.run(['exec', made.name, '--', 'sh', '-c', script], { input: 'in\n' });
  expect([stdout, stderr, code]).toEqual(['in\n', 'told\n', 7]);
});

it('is reached at no other machine that may have its address', async () => {
  const { folder } = stored().outer;
  const another = ['-o', 'UserKnownHostsFile=/dev/null', '-o', 'GlobalKnownHostsFile=/dev/null'];
  const { code, stderr } = await run(['ssh', ...another, '-F', join(folder, 'ssh_config'), 'machine', 'true']);
  expect([code, stderr]).toEqual([255, expect.stringContaining('Host key verification failed')]);
});

it('stops, says so, and goes on where it was', async () => {
  await cli.must(['exec', made.name, '--', 'sh', '-c', 'echo kept >/root/note']);
  await cli.must(['stop', made.name]);
  expect((await cli.must(['ls', '--refresh'])).stdout).toMatch(new RegExp(`${made.name} +vagrant:rootfs .*stopped`));
  const refused = await cli.run(['exec', made.name, '--', 'true']);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(`reproman start ${made.name}`)]);
  await cli.must(['start', made.name]);
  expect((await cli.must(['exec', made.name, '--', 'cat', '/root/note'])).stdout).toBe('kept\n');
});

it('becomes a box with all that was changed, of which machines are made, and goes on meanwhile', async () => {
  await cli.must(['exec', made.name, '--', 'sh', '-c', 'echo tuned >/srv/own']);
  const present = await host.remains(cli.env);
  const [image, again] = [`${made.name}-image`, `${made.name}-again`];
  const { stdout } = await cli.must(['commit', made.name]);
  expect(stdout).toContain('not as when it was last proved');
  expect((await cli.must(['exec', made.name, '--', 'cat', '/srv/own'])).stdout).toBe('tuned\n');
  expect((await cli.must(['ls', '--refresh'])).stdout).toMatch(new RegExp(`${image} +vagrant:rootfs +image`));
  const refused = await cli.run(['exec', image, '--', 'true']);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining('reproman instantiate')]);
  await cli.must(['instantiate', image, '--name', again]);
  expect((await cli.must(['exec', again, '--', 'cat', '/srv/own'])).stdout).toBe('tuned\n');
  expect((await cli.run(['delete', '--yes', image])).stderr).toContain(`${again} made of it`);
  await cli.must(['delete', '--yes', again]);
  await cli.must(['delete', '--yes', image]);
  expect(await host.remains(cli.env)).toEqual(present);
});

it('has an engine in it where Docker is to build there, and gives the same', async () => {
  // The engine takes more than what is built.
  const parameters = host.parameters.map((parameter) => parameter.replace(/^memory=.*/, 'memory=1024'));
  await using _made = await rebuild(traced, 'vagrant:docker', parameters);
}, 1_800_000);

it('leaves nothing when it is deleted', async () => {
  await made[Symbol.asyncDispose]();
  expect(await host.remains(cli.env)).toEqual(before);
});
