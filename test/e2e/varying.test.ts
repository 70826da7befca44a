import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap'] }));

/** Traces a program that prints the time and random numbers beside its result, into a file of the caller's shell. */
async function traced(cli: Cli, options: readonly string[]): Promise<string> {
  writeFiles(cli.work, { 'lucky.sh': '#!/bin/sh\nexpr 6 \\* 7\ndate +%s.%N\nod -An -N8 -tu8 /dev/urandom\n' });
  const argv = [...cli.program, 'trace', ...options, '--', './lucky.sh'];
  await must(['sh', '-c', '"$@" > numbers.txt < /dev/null', 'sh', ...argv], { cwd: cli.work, env: cli.env });
  return readFileSync(join(cli.work, 'environment.yml'), 'utf8');
}

it('says of the time and random numbers that they vary by themselves, where the origin ran it twice', async () => {
  await using cli = await freshCli({ takesBare: true });
  expect(await traced(cli, ['--repeat', '2'])).toMatch(/numbers\.txt.*varies: true/);
  const { stdout } = await cli.must(['create', '--name', 'lucky', '--rerun', 'environment.yml']);
  expect(stdout).toMatch(/^Proved: /);
  expect(stdout).toMatch(/numbers\.txt: varies: it varies on the origin too/);
});

it('neither calls them equal nor blames the environment, where the origin ran it once', async () => {
  await using cli = await freshCli({ takesBare: true });
  expect(await traced(cli, [])).not.toContain('varies');
  const { stdout } = await cli.must(['create', '--name', 'lucky', '--rerun', 'environment.yml'], { code: 6 });
  expect(stdout).toMatch(/numbers\.txt: unproved: .*the program varies by itself or something outside the trace does/);
  expect(stdout).toMatch(/trace with --repeat 2 to tell/);
  expect(stdout).toMatch(/at byte \d+, line 2/);
  expect(stdout).not.toMatch(/numbers\.txt: equal|differs because/);
  const paths = JSON.parse((await cli.must(['verify', 'lucky', '--json'])).stdout) as { tree: { ok: boolean } };
  expect(paths.tree.ok).toBe(true);
});

it('calls an output equal by the comparator that the spec names', async () => {
  await using cli = await freshCli({ takesBare: true });
  writeFiles(cli.work, { 'data.csv': 'x\n1\n', 'pack.sh': '#!/bin/sh\ncat data.csv > copy.csv\ngzip -kf copy.csv\n' });
  await cli.must(['trace', '--fix-clock', '--', './pack.sh']);
  const spec = join(cli.work, 'environment.yml');
  expect(readFileSync(spec, 'utf8')).toMatch(/SOURCE_DATE_EPOCH: "\d+"/);
  writeFileSync(spec, readFileSync(spec, 'utf8').replace(/(path: \S+copy\.csv\.gz, )/, '$1compare: gzip, '));
  const { stdout } = await cli.must(['create', '--name', 'packed', '--rerun', 'environment.yml']);
  expect(stdout).toMatch(/^Proved: /);
  expect(stdout).toMatch(/copy\.csv\.gz: equal by gzip: what may differ: how it was compressed/);
});
