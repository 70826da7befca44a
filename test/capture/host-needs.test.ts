import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { formatSummary } from '../../src/capture/format-summary.js';
import type { Machine } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { formatWhy } from '../../src/spec/why/format-why.js';
import { explainWhy } from '../../src/spec/why/why.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from './fixture-root.js';

let root: FixtureRoot;
let output: string;
beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

async function captured(machine: Machine, ...paths: readonly string[]) {
  return capturedFor(machine, {}, paths);
}

async function capturedFor(machine: Machine, callers: { readonly caller?: Machine }, paths: readonly string[]) {
  const accesses = paths.map((path) => ({
    ...access(path, 'read'),
    ...(path === mpi ? { resolved: `${mpi}.30.5` as FilePath } : {}),
  }));
  const traces = [traceOf(accesses)] as const;
  const summary = await capture({ traces, machine, ...callers, output, options: { repack: 'none' } });
  const spec = await readSpecification(output);
  return { text: formatSummary(summary), spec, host: spec.manifest.host };
}

const driver = '/usr/lib/x86_64-linux-gnu/libcuda.so.1';
const mpi = '/opt/site/lib/libmpi.so.40';
const repository = '/cvmfs/software.example.org';

it('writes down what the machine below must have, and tells of it', async () => {
  await root.file(`${driver}`, 'driver');
  await root.file(
    '/proc/driver/nvidia/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc 12\n',
  );
  await root.file(`${mpi}.30.5`, 'mpi');
  await root.link(mpi, 'libmpi.so.40.30.5');
  await root.file(`${repository}/bin/tool`, 'tool', 0o755);
  await root.file(`${repository}/.cvmfspublished`, 'Cabc\nB123\nS4711\nD240\n--\nnot text');
  const { host, text, spec } = await captured(root.machine, driver, mpi, `${repository}/bin/tool`);
  expect(host).toEqual([
    { kind: 'gpu-driver', name: 'nvidia', version: '535.104.05', match: 'at-least', at: driver },
    { kind: 'mpi', name: 'libmpi.so.40', version: '40.30.5', match: 'soname', at: `${mpi}.30.5` },
    { kind: 'software-repository', name: 'software.example.org', version: '4711', match: 'at-least', at: repository },
  ]);
  expect(text).toContain('the nvidia driver 535.104.05 or newer');
  expect(text).toContain('the repository /cvmfs/software.example.org, revision 4711 or later');
  const why = formatWhy(await explainWhy(spec, mpi, '/' as FilePath));
  expect(why).toContain(
    'asks for   libmpi.so.40 of the site (40.30.5 where the trace ran): any version under this name.',
  );
});

it('asks for the attributes of all repositories with one command', async () => {
  await root.file(`${repository}/bin/tool`, 'tool', 0o755);
  const asked: (readonly string[])[] = [];
  const answer = `# file: ${repository}\nuser.revision="12"\n\n`;
  const shell = {
    run: async (argv: readonly string[]) => {
      asked.push(argv);
      return { exit: { code: 0 }, stdout: Buffer.from(answer), stderr: Buffer.alloc(0) };
    },
  } as unknown as NonNullable<Machine['shell']>;
  const { host } = await captured({ ...root.machine, shell }, `${repository}/bin/tool`);
  expect(host).toMatchObject([{ kind: 'software-repository', version: '12' }]);
  expect(asked.filter((argv) => argv.includes(repository))).toHaveLength(1);
});

it('says nothing of a run that took nothing from it', async () => {
  const { host, text } = await captured(root.machine, '/usr/bin/hello');
  expect(host).toBeUndefined();
  expect(text).not.toContain('  needs ');
});

it('asks the machine below where the traced one does not say, as the files of a resource do not', async () => {
  await using below = await fixtureRoot();
  await below.file(`${repository}/.cvmfspublished`, 'Cabc\nS4711\n');
  await root.file(`${repository}/bin/tool`, '');
  const { host } = await capturedFor(root.machine, { caller: below.machine }, [`${repository}/bin/tool`]);
  expect(host).toMatchObject([{ kind: 'software-repository', version: '4711' }]);
});
