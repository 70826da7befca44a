import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Proof } from '../../src/proof/proof.js';
import { type ApptainerMachine, apptainerMachine } from '../support/apptainer.js';
import type { Cli, CliOptions } from '../support/cli.js';
import { expectRow } from '../support/every-backend.js';
import { pipeline } from '../support/inputs.js';
import { type Place, place, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { run } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['strace', 'mmdebstrap', 'newuidmap', 'jq', 'setpriv', 'useradd'];
let user: OrdinaryUser;
let host: Place;
let cli: Cli;
let traced: Traced;
let machine: ApptainerMachine;

const made = shared(async () => {
  user = await ordinaryUser();
  host = place('host', { user });
  cli = await host.cli();
  traced = await host.trace(pipeline);
  machine = await apptainerMachine();
});
beforeEach(needs({ root: true, archive: true, programs }));
beforeEach(made);
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
});

/** The command line on the machine that has Apptainer, as the ordinary user. */
async function there(args: readonly string[], { input, code = 0 }: CliOptions = {}) {
  const options = { cwd: traced.folder, env: cli.env, ...(input === undefined ? {} : { input }) };
  const result = await run([...machine.enter, ...cli.program, ...args], options);
  if (result.code !== code) throw new Error(`${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  return result;
}

const exec = (name: string, command: readonly string[], options?: CliOptions) =>
  there(['exec', name, '--', ...command], options);

interface Created {
  readonly proof: Proof;
  readonly resource: { readonly treeDigest: string; readonly environmentDigest: string };
}

const create = ['create', '--json', '--rerun'];

function provedDigests({ proof, resource }: Created): Created['resource'] {
  expect(proof.ok).toBe(true);
  expect(proof.reruns.map(({ exit }) => exit?.verdict)).toEqual(['equal']);
  const outputs = proof.reruns.flatMap((rerun) => rerun.outputs.map(({ verdict }) => verdict));
  expect(new Set(outputs)).toEqual(new Set(['equal']));
  return { treeDigest: resource.treeDigest, environmentDigest: resource.environmentDigest };
}

it('is the same tree as on rootfs in a SIF and in a sandbox, proved and run again by an ordinary user', async () => {
  const folder = { cwd: traced.folder };
  // Nothing of it is kept: what Apptainer packs is built there, by the tools of another release.
  const rootfs = ['--fresh', '--backend', 'rootfs', '--name', 'plain', traced.spec];
  const plain = await cli.must([...create, ...rootfs], folder);
  const first = JSON.parse(plain.stdout) as Created;
  const digests = provedDigests(first);
  const image = join(user.home, 'analysis.sif');
  for (const [name, parameter] of [
    ['sif', `image=${image}`],
    ['sandbox', 'form=sandbox'],
  ] as const) {
    const { stdout } = await there([
      ...create,
      '--backend',
      'singularity',
      '-b',
      parameter,
      '--name',
      name,
      traced.spec,
    ]);
    const made = JSON.parse(stdout) as Created;
    expect(provedDigests(made)).toEqual(digests);
    await expectRow('singularity', made, first);
  }
  expect(existsSync(image)).toBe(true);
});

it('runs programs as they are', async () => {
  const user = ['sh', '-c', 'pwd; cat; echo err >&2; exit 7'];
  expect(await exec('sif', user, { input: 'in\n', code: 7 })).toMatchObject({
    stdout: `${traced.folder}\nin\n`,
    stderr: 'err\n',
  });
  expect((await exec('sif', ['printf', '%s|', 'a b', "'", '$HOME', ''])).stdout).toBe("a b|'|$HOME||");
  await exec('sif', ['sh', '-c', 'kill -TERM $$'], { code: 143 });
  await exec('sif', ['/etc/passwd'], { code: 126 });
  await exec('sif', ['/no/such/program'], { code: 127 });
});

it('keeps what programs change in a sandbox, and in a SIF as long as it runs', async () => {
  await exec('sandbox', ['sh', '-c', 'echo kept > /tmp/file']);
  expect((await exec('sandbox', ['cat', '/tmp/file'])).stdout).toBe('kept\n');
  await there(['start', 'sif']);
  await exec('sif', ['sh', '-c', 'echo for now > /tmp/file']);
  expect((await exec('sif', ['cat', '/tmp/file'])).stdout).toBe('for now\n');
  await there(['stop', 'sif']);
  await exec('sif', ['cat', '/tmp/file'], { code: 1 });
});

it('goes without a trace, also when a command in it was killed', async () => {
  const [program = '', ...args] = [
    ...machine.enter,
    ...cli.program,
    'exec',
    'sif',
    '--',
    'sh',
    '-c',
    'echo up; sleep 600',
  ];
  const child = spawn(program, args, { cwd: traced.folder, env: cli.env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await there(['delete', '--yes', 'sif', 'sandbox', 'plain']);
  expect(remains(cli)).toEqual([]);
  expect(existsSync(join(user.home, 'analysis.sif'))).toBe(false);
});
