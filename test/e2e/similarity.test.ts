import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { SimilarityMatrix } from '../../src/similarity/matrix.js';
import type { SimilarityReport } from '../../src/similarity/report.js';
import type { RunComparison } from '../../src/similarity/runs/compare-runs.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';

let cli: Cli;
beforeEach(needs({ programs: ['gcc', 'python3', 'node', 'bash'] }));
beforeEach(
  shared(async () => {
    cli = await freshCli();
    writeFiles(cli.work, files);
    await cli.must(['trace', '-o', 'built.yml', '--repack', 'none', '--', 'gcc', '-o', 'hello', 'hello.c']);
    await cli.must(['trace', '-o', 'again.yml', '--repack', 'none', '--', 'gcc', '-o', 'hello-again', 'hello.c']);
    for (const [name, command] of Object.entries(programs)) {
      await must([...piped, ...cli.program, 'trace', '-o', `${name}.yml`, '--repack', 'none', '--', ...command], {
        cwd: cli.work,
        env: cli.env,
      });
    }
  }),
);
afterAll(() => cli?.[Symbol.asyncDispose]());

/** What Node gives a child as a pipe is a socket: a shell's is one, and what goes through it is recorded. */
const piped = ['bash', '-o', 'pipefail', '-c', '"$@" | cat', 'bash'];

const files = {
  'hello.c': '#include <stdio.h>\nint main(void) { puts("Hello World!"); return 0; }\n',
  'hello.py': 'print("Hello World!")\n',
  'hello.js': 'console.log("Hello World!");\n',
  'hello.sh': 'echo "Hello World!"\n',
  'other.sh': 'echo "Good bye"\n',
};

const programs = {
  c: ['./hello'],
  'c-again': ['./hello-again'],
  python: ['python3', 'hello.py'],
  node: ['node', 'hello.js'],
  bash: ['bash', 'hello.sh'],
  'other-bash': ['bash', 'other.sh'],
};

async function compare(one: string, other: string, ...flags: readonly string[]) {
  const { stdout } = await cli.must(['similarity', `${one}.yml`, `${other}.yml`, '--runs', ...flags, '--json']);
  return JSON.parse(stdout) as SimilarityReport & { runs: RunComparison };
}

it('says that programs in four languages do the same by other means', async () => {
  const languages = ['c', 'python', 'node', 'bash'];
  for (const [at, one] of languages.entries()) {
    for (const other of languages.slice(at + 1)) {
      const { runs } = await compare(one, other);
      expect(runs.function).toMatchObject({ score: 1, outputs: { one: 1, other: 1, both: 1 } });
      expect(runs.structure.score).toBeLessThan(1);
      expect(runs.structure.files).toBeLessThan(1);
      expect(runs.structure.programs).toBeLessThan(1);
      expect(runs.blend).toBeUndefined();
    }
  }
});

it('says that a program that was built twice is the same, and a script that says something else is not', async () => {
  const { runs } = await compare('c', 'c-again', '--blend', '0.5');
  expect(runs).toMatchObject({ structure: { score: 1 }, function: { score: 1 }, blend: { weight: 0.5, score: 1 } });
  const { runs: bash } = await compare('bash', 'other-bash');
  expect(bash.function.score).toBe(0);
  expect(bash.structure.score).toBeGreaterThan(0.5);
});

it('shows both numbers to people, with what each run used', async () => {
  const { stdout } = await cli.must(['similarity', 'c.yml', 'bash.yml', '--runs']);
  expect(stdout).toMatch(/^structure 0\.\d{4} \(files .*, programs .*, processes 1\.0000\)$/m);
  expect(stdout).toMatch(/^function 1\.0000 .*; exit code 0 and 0$/m);
  expect(stdout).toMatch(/^resources .*memory .* and .*processes 1 and 1$/m);
});

it('tells packages and variables of two specs apart', async () => {
  const report = await compare('c', 'bash', '--level', 'package+version');
  expect(report.packages).toMatchObject({ upgraded: 0, downgraded: 0, other: 0 });
  expect(report.packages?.both).toBeGreaterThan(0);
  const same = await cli.must(['matrix', 'c.yml', 'c-again.yml', 'bash.yml', '--level', 'package', '--json']);
  const { data, X } = JSON.parse(same.stdout) as SimilarityMatrix;
  expect(X).toEqual(['c', 'c-again', 'bash']);
  expect(data[0]?.[1]).toBe(1);
});

it('refuses what is no spec with runs', async () => {
  const { stderr } = await cli.must(['similarity', 'c.yml', `dir:${join(cli.work)}`, '--runs'], { code: 2 });
  expect(stderr).toContain('--runs compares the runs of two specs');
});
