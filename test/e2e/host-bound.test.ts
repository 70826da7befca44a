import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['strace', 'mmdebstrap', 'docker'] }));

const site = `/opt/reproman-site-${process.pid}`;
const library = join(site, 'lib/libmpi.so.40');
const host = place('host');
afterAll(async () => {
  rmSync(site, { recursive: true, force: true });
  await host[Symbol.asyncDispose]();
});

const input: Input = {
  name: 'host-bound',
  files: { 'run.sh': `cat ${library} > out.txt\n` },
  command: ['sh', 'run.sh'],
  prepare: async () => {
    mkdirSync(join(site, 'lib'), { recursive: true });
    writeFileSync(library, "the site's own\n");
  },
};

it('shows what runs took from the machine below wherever they run again, and says what is not there', async () => {
  const traced = await host.trace(input);
  const { cli } = traced;
  await using rootfs = await rebuild(traced, 'rootfs');
  await using docker = await rebuild(traced, 'docker');
  for (const { name, proof } of [rootfs, docker]) {
    const used = proof.tree?.runs.flatMap(({ paths }) => paths).find(({ path }) => path === library);
    expect(used).toMatchObject({ verdict: 'engine', rule: 'site-mpi' });
    const asked = ['exec', name, '--', 'sh', '-c', `cat ${library}; echo mine > ${library}`];
    const { stdout, stderr } = await cli.run(asked);
    expect([stdout, stderr]).toEqual(["the site's own\n", expect.stringMatching(/Read-only file system/i)]);
  }
  rmSync(site, { recursive: true });
  for (const { name } of [rootfs, docker]) {
    const { stderr } = await cli.must(['exec', name, '--', 'true']);
    expect(stderr).toContain('has no library of that name');
    const { stdout } = await cli.must(['verify', name, '--json']);
    expect(stdout).toContain('has no library of that name');
  }
});
