import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ root: true, archive: true, programs: ['gcc', 'mmdebstrap'] }));

const root = place('root');
afterAll(() => root[Symbol.asyncDispose]());

/** Adds to a table, replaces a setting, and takes the script away that it ran: a run that spoils its own inputs. */
const spoiling: Input = {
  name: 'spoiling',
  files: {
    'table.csv': 'a\nb\n',
    'limits.conf': 'limit=2\n',
    'once.sh': '#!/bin/sh\n. ./limits.conf\nhead -n "$limit" table.csv | tac\n',
    'run.sh':
      '#!/bin/sh\nset -e\n./once.sh > result\necho c >> table.csv\necho limit=1 > new\nmv new limits.conf\nrm once.sh\n',
  },
  command: ['./run.sh'],
};

it('runs again from what the inputs were before the run changed them, and gets the same', async () => {
  const traced = await root.trace(spoiling);
  const manifest = readFileSync(traced.spec, 'utf8');
  expect(manifest).not.toContain('before: unknown');
  expect(readFileSync(`${traced.folder}/table.csv`, 'utf8')).toBe('a\nb\nc\n');
  // The data is no longer anywhere but where the user has it.
  writeFileSync(`${traced.folder}/table.csv`, 'a\nb\n');
  await using rebuilt = await rebuild(traced, 'rootfs');
  const [again] = rebuilt.proof.reruns;
  const inputs = Object.fromEntries(
    (again?.inputs ?? []).map(({ path, verdict }) => [path.split('/').at(-1), verdict]),
  );
  expect(inputs).toEqual({ 'table.csv': 'supplied', 'limits.conf': 'in-place', 'once.sh': 'in-place' });
});
