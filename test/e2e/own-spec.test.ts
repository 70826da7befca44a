import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { Proof } from '../../src/proof/proof.js';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap'] }));

it('is proved, and its command run again, after the spec that it was made from is gone', async () => {
  await using cli = await freshCli({ takesBare: true });
  writeFiles(cli.work, { 'count.sh': '#!/bin/sh\nwc -l < words.txt > lines.txt\n', 'words.txt': 'one\ntwo\n' });
  await cli.must(['trace', '--carry-inputs', '--', './count.sh']);
  await cli.must(['create', '--name', 'count', 'environment.yml']);
  for (const name of ['environment.yml', 'environment.d', 'count.sh', 'words.txt', 'lines.txt'])
    rmSync(join(cli.work, name), { recursive: true });
  const proof = JSON.parse((await cli.must(['verify', 'count', '--rerun', '--json'])).stdout) as Proof;
  expect(proof.ok).toBe(true);
  expect(proof.reruns.flatMap(({ outputs }) => outputs.map(({ verdict }) => verdict))).toEqual(['equal']);
  const [row] = JSON.parse((await cli.must(['ls', '-v', '--json'])).stdout) as { spec: string; specSize: number }[];
  expect(row?.spec).toBe(join(cli.work, 'environment.yml'));
  expect(row?.specSize).toBeGreaterThan(0);
});
