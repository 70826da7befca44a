import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { Proof } from '../../src/proof/proof.js';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must, run } from '../support/run.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', 'unshare', 'ip'] }));

it('builds the same on another machine whose network is cut, and is packed again to the same bytes', async () => {
  await using cli = await freshCli();
  writeFiles(cli.work, { 'count.sh': '#!/bin/sh\nwc -l < words.txt > lines.txt\n', 'words.txt': 'one\ntwo\n' });
  await cli.must(['trace', '--carry-inputs', '--', './count.sh']);
  await cli.must(['pack', '-o', 'count.repro']);
  const created = JSON.parse(
    (await cli.must(['create', '--json', '--name', 'here', 'environment.yml'])).stdout,
  ) as Created;

  await using other = await freshCli({ ownStore: true });
  const bundle = join(other.work, 'count.repro');
  copyFileSync(join(cli.work, 'count.repro'), bundle);
  for (const name of ['environment.yml', 'environment.d', 'count.sh', 'words.txt', 'lines.txt'])
    rmSync(join(cli.work, name), { recursive: true });
  const offline = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...other.program];
  const result = await run([...offline, 'create', '--json', '--name', 'there', '--rerun', bundle], {
    cwd: other.work,
    env: { ...other.env },
  });
  expect(result.stderr).toBe('');
  const { proof, resource, fetched } = JSON.parse(result.stdout) as Required<Created>;
  expect(proof.ok).toBe(true);
  expect(proof.reruns.flatMap(({ outputs }) => outputs.map(({ verdict }) => verdict))).toEqual(['equal']);
  expect(resource.treeDigest).toBe(created.resource.treeDigest);
  expect(resource.spec).toBe(bundle);
  expect(new Set(fetched.map(({ rung }) => rung))).not.toContain('archive');

  await other.must(['unpack', bundle, '-C', 'apart']);
  await other.must(['pack', 'apart/environment.yml', '-o', 'again.repro']);
  expect(readFileSync(join(other.work, 'again.repro')).equals(readFileSync(bundle))).toBe(true);
  await must(['tar', 'tf', bundle]);
});

it('says what it holds, leaves out what is excluded, and replaces nothing that is no bundle', async () => {
  await using cli = await freshCli();
  await cli.must(['trace', '--', 'true']);
  await cli.must(['pack', '--exclude', 'debian:lib*', '-o', 'part.repro']);
  const summary = JSON.parse((await cli.must(['inspect', 'part.repro', '--json'])).stdout) as Summary;
  const [debian] = summary.kinds;
  expect(debian).toMatchObject({ kind: 'debian' });
  expect(summary.excluded.length).toBeGreaterThan(0);
  expect(summary.excluded.filter(({ name }) => !name.startsWith('lib'))).toEqual([]);
  writeFiles(cli.work, { 'notes.txt': 'mine\n' });
  const refused = await cli.run(['pack', '-o', 'notes.txt']);
  expect([refused.code, readFileSync(join(cli.work, 'notes.txt'), 'utf8')]).toEqual([2, 'mine\n']);
  expect(refused.stderr).toContain('something else, which is not replaced');
});

interface Created {
  readonly proof: Proof;
  readonly resource: { readonly treeDigest: string; readonly spec: string };
  readonly fetched: readonly { readonly rung: string }[];
}

interface Summary {
  readonly kinds: readonly { readonly kind: string; readonly files: number }[];
  readonly excluded: readonly { readonly name: string }[];
}
