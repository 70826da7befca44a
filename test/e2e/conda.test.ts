import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type CondaSource, installWithConda, placeholder } from '../support/conda.js';
import { type Input, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', 'gcc', 'zstd', 'bzip2', '/usr/bin/python3'] }));

const host = place('host');
const folder = mkdtempSync(join(tmpdir(), 'conda-prefix-'));
const prefix = join(folder, 'envs/numbers');
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A program that looks for its data where it was built to be. */
const source = `#include <stdio.h>
int main(void) {
  static const char data[] = "${placeholder}/share/numbers.txt";
  FILE *file = fopen(data, "r");
  int sum = 0;
  for (int number; file && fscanf(file, "%d", &number) == 1;) sum += number;
  printf("%d\\n", sum);
  return file == NULL;
}
`;

function compiled(): string {
  const file = join(folder, 'sum.c');
  writeFileSync(file, source);
  execFileSync('gcc', ['-o', join(folder, 'sum'), file]);
  return readFileSync(join(folder, 'sum')).toString('base64');
}

function packages(): CondaSource[] {
  const data: CondaSource = {
    ...{ name: 'numbers-data', version: '2026.1', build: '0', format: 'tar.bz2' },
    files: { 'share/numbers.txt': { text: '19\n23\n' } },
  };
  const program: CondaSource = {
    ...{ name: 'numbers', version: '1.0', build: 'h1_0', depends: ['numbers-data'], requested: 'numbers' },
    files: {
      'bin/sum': { base64: compiled(), mode: 0o775 },
      'bin/sum-all': { text: '#!/bin/sh\nexec {placeholder}/bin/sum\n', mode: 0o775 },
    },
  };
  return [data, program];
}

const program: Input = {
  name: 'conda-prefix',
  files: {},
  command: ['sh', '-c', `${prefix}/bin/sum-all > sum.txt`],
  prepare: async () => {
    installWithConda({ root: '', prefix, pkgs: join(folder, 'pkgs'), packages: packages() });
  },
};

it('rebuilds a prefix with a program that holds it, from the very packages', async () => {
  const traced = await host.trace(program);
  expect(readFileSync(traced.spec, 'utf8')).toContain('numbers-data=2026.1=0, numbers=1.0=h1_0');
  await using rebuilt = await rebuild(traced, 'rootfs');
  const [run] = rebuilt.proof.tree.runs;
  const ours = (run?.paths ?? []).filter(({ package: owner }) => owner?.distribution === 'conda');
  expect(ours.length).toBeGreaterThan(2);
  expect(ours.filter(({ verdict }) => verdict !== 'identical')).toEqual([]);
  expect(readFileSync(join(traced.folder, 'sum.txt'), 'utf8')).toBe('42\n');
});
