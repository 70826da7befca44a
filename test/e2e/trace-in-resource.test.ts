import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Manifest } from '../../src/spec/document/schema.js';
import { ownBase } from '../support/archive.js';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['strace', 'mmdebstrap', 'docker'] }));

it('traces in what was created as on the host, on every backend alike, and what comes of it can be created again', async () => {
  await using cli = await freshCli({ takesBare: true });
  const packages = 'distributions:\n  - name: debian\n    packages: [jq]\n';
  writeFiles(cli.work, { 'environment.yml': `version: 1\n${await ownBase()}\n${packages}`, in: '{"a":[1,2]}' });
  const manifests: Manifest[] = [];
  for (const backend of ['rootfs', 'docker']) {
    const name = `in-${backend}-${process.pid}`;
    await cli.must(['create', '--backend', backend, '--name', name, 'environment.yml']);
    const script = 'jq .a[1] >/srv/out; cat /srv/out; exit 3';
    const command = ['trace', '--resource', name, '--cwd', '/srv', '-o', `${backend}.yml`, '--', 'sh', '-c', script];
    const { stdout } = await cli.must(command, { code: 3, input: '{"a":[1,2]}' });
    expect(stdout).toBe('2\n');
    const { stdout: left } = await cli.must(['exec', name, '--', 'cat', '/srv/out']);
    expect(left).toBe('2\n');
    manifests.push(parse(readFileSync(join(cli.work, `${backend}.yml`), 'utf8')) as Manifest);
    await cli.must(['delete', '--yes', name]);
  }
  const [rootfs, docker] = manifests;
  expect(rootfs?.runs[0]).toMatchObject({ cwd: '/srv', exit: 3, outputs: [{ path: '/srv/out' }] });
  // The one thing that differs is true: a container of the engine knows that it is one.
  const container = docker?.platform?.container;
  expect(container?.engine).toBe('docker');
  expect({ ...docker, platform: { ...docker?.platform, container } }).toEqual({
    ...rootfs,
    platform: { ...rootfs?.platform, container },
  });

  const { stdout } = await cli.must(['why', 'libonig5', 'rootfs.yml']);
  expect(stdout).toMatch(/is {9}used\.[\s\S]*by {9}jq '\.a\[1\]'\n +started by sh -c .*\(the traced command\)/);
  expect(stdout).toContain('origin     indexed');
  const again = `again-${process.pid}`;
  await cli.must(['create', '--name', again, 'rootfs.yml']);
  await cli.must(['delete', '--yes', again]);
});
