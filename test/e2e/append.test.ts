import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Proof } from '../../src/proof/proof.js';
import { readSpecification } from '../../src/spec/read.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';

let cli: Cli;
beforeEach(needs({ archive: true, programs: ['gcc', 'mmdebstrap'] }));
beforeEach(
  shared(async () => {
    cli = await freshCli();
    writeFiles(cli.work, files);
  }),
);
afterAll(() => cli?.[Symbol.asyncDispose]());

/** Each step needs what the one before it made: a program, a folder to stand in, a table. */
const files = {
  'count.c': '#include <stdio.h>\nint main(void) { int n = 0; while (getchar() != EOF) n++; printf("%d\\n", n); }\n',
  'build.sh': '#!/bin/sh -e\nmkdir build\ngcc -o build/count count.c\n',
  'words.txt': 'one two\n',
  'report.awk': '{ print "characters:", $1 }\n',
};

const read = async (name: string) => (await readSpecification(join(cli.work, name))).manifest;

it('adds commands that go on where others ended to one spec, rebuilds it, and runs all of them again in order', async () => {
  await cli.must(['trace', '-o', 'steps.yml', '--', './build.sh']);
  const count = './count < ../words.txt > size.txt';
  await cli.must(['trace', '--append', '../steps.yml', '--', 'sh', '-c', count], { cwd: join(cli.work, 'build') });
  const report = 'awk -f report.awk build/size.txt > report.txt';
  const third = await cli.must(['trace', '--append', 'steps.yml', '--', 'sh', '-c', report]);
  expect(third.stderr).toMatch(/runs +1 build-sh, 2 sh, 3 sh-2/);
  const { runs, files: listed } = await read('steps.yml');
  expect(runs.map(({ id, after }) => [id, after])).toEqual([
    ['build-sh', undefined],
    ['sh', 'build-sh'],
    ['sh-2', 'sh'],
  ]);
  const made = runs.flatMap(({ inputs }) => inputs.flatMap(({ path, from }) => (from ? [[path, from]] : [])));
  expect(made).toEqual([
    [join(cli.work, 'build/count'), 'build-sh'],
    [join(cli.work, 'build/size.txt'), 'sh'],
  ]);
  expect(listed.map(({ path }) => path).filter((path) => path.includes('/build/'))).toEqual([]);

  const created = await cli.run(['create', '--json', '--name', 'steps', '--rerun', 'steps.yml']);
  const { proof } = JSON.parse(created.stdout) as { proof: Proof };
  expect(proof.reruns.map(({ run, ok }) => [run, ok])).toEqual([
    ['build-sh', true],
    ['sh', true],
    ['sh-2', true],
  ]);
  expect(proof.reruns.flatMap(({ outputs }) => outputs.map(({ path, verdict }) => [path, verdict]))).toEqual(
    ['build/count', 'build/size.txt', 'report.txt'].map((name) => [join(cli.work, name), 'equal']),
  );
  expect({ code: created.code, ok: proof.ok }).toEqual({ code: 0, ok: true });
});

it('puts the specs of several nodes together, and names the files that are not the same there', async () => {
  writeFileSync(join(cli.work, 'settings.conf'), 'scale=1\n');
  const node = (rank: number) => ['sh', '-c', `. ./settings.conf; echo $scale ${rank} > rank-${rank}.txt`];
  await cli.must(['trace', '-o', 'node1.yml', '--repack', 'none', '--', ...node(1)]);
  writeFileSync(join(cli.work, 'settings.conf'), 'scale=2\n');
  await cli.must(['trace', '-o', 'node2.yml', '--repack', 'none', '--', ...node(2)]);
  const merged = await cli.must(['trace', 'merge', 'node1.yml', 'node2.yml', '-o', 'nodes.yml', '--json']);
  expect(JSON.parse(merged.stdout)).toMatchObject({
    runs: ['sh', 'sh-2'],
    conflicts: [`${cli.work}/settings.conf is not the same in node1.yml and in node2.yml: it is kept as in node2.yml.`],
  });
  const { runs } = await read('nodes.yml');
  expect(runs.flatMap(({ outputs }) => outputs.map(({ path }) => path))).toEqual([
    join(cli.work, 'rank-1.txt'),
    join(cli.work, 'rank-2.txt'),
  ]);
  const other = readFileSync(join(cli.work, 'node2.yml'), 'utf8').replace('layout: merged-usr', 'layout: split-usr');
  writeFileSync(join(cli.work, 'node2.yml'), other);
  const refused = await cli.run(['trace', 'merge', 'node1.yml', 'node2.yml', '-o', 'refused.yml']);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/layout merged-usr in node1.yml, split-usr in node2.yml/),
  });
});
