import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildArguments } from '../../../backends/singularity/build.js';
import { check, complaintOf, findTool, parseVersion } from '../../../backends/singularity/tool.js';
import { localMachine } from '../../../src/machines/local.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tool-'));
  await mkdir(join(folder, 'bin'));
  vi.stubEnv('PATH', `${folder}/bin:${process.env['PATH']}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function program(name: string, version: string): Promise<void> {
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho '${version}'\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

it.each([
  ['apptainer version 1.4.5', { maker: 'apptainer', version: '1.4.5' }],
  ['singularity-ce version 4.1.0-jammy', { maker: 'singularity-ce', version: '4.1.0-jammy' }],
  ['singularity version 3.8.7-1.el8', undefined],
  ['singularity 0.30', undefined],
])('reads %j', (text, expected) => {
  expect(parseVersion(`${text}\n`)).toEqual(expected);
});

describe('finding the program', () => {
  it('takes Apptainer where both are there, from where the user has it', async () => {
    await program('singularity', 'singularity-ce version 4.1.0');
    expect(await findTool(await localMachine())).toMatchObject({ maker: 'singularity-ce' });
    await program('apptainer', 'apptainer version 1.4.5');
    expect(await findTool(await localMachine())).toMatchObject({ path: `${folder}/bin/apptainer` });
  });

  it.each([
    ['singularity 0.30 (a game)', /neither Apptainer nor SingularityCE/],
    ['apptainer version 1.1.9', /too old: it takes 1\.2/],
    ['singularity-ce version 3.11.5', /too old: it takes 4\.0/],
  ])('is not ready with %j, and says what to do', async (version, missing) => {
    await program('apptainer', version);
    const readiness = await check(await localMachine(), { form: 'sif' });
    expect(readiness).toMatchObject({ ready: false, missing: expect.stringMatching(missing) });
    expect(readiness).toMatchObject({ remedy: expect.stringContaining('--backend rootfs') });
  });
});

it('says the first of its complaints', () => {
  const said = 'INFO:    Starting build...\nFATAL:   While performing build: no space left.\nERROR:   other\n';
  expect(complaintOf({ exit: { code: 255 }, stderr: Buffer.from(said) })).toBe('While performing build: no space left');
  expect(complaintOf({ exit: { code: 3 }, stderr: Buffer.from('') })).toBe('exit code 3');
});

it('builds a SIF or a sandbox by the definition file', () => {
  const subordinate = {
    kind: 'subordinate',
    uids: { first: 1000, count: 65536 },
    gids: { first: 1000, count: 65536 },
  } as const;
  const apptainer = { maker: 'apptainer' } as const;
  const sif = buildArguments(apptainer, { form: 'sif', mapping: subordinate }, '/t/x.sif');
  expect(sif).toEqual(expect.arrayContaining(['--fakeroot', '--mksquashfs-args', '/t/x.sif', 'environment.def']));
  const sandbox = buildArguments(apptainer, { form: 'sandbox', mapping: { kind: 'identity' } }, '/t/x');
  expect(sandbox).toEqual(['--silent', 'build', '--sandbox', '/t/x', 'environment.def']);
});
