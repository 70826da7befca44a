import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', '/usr/bin/python3'] }));

it('neither calls the time and random numbers equal nor blames the environment for them', async () => {
  await using cli = await freshCli();
  writeFiles(cli.work, {
    'lucky.py': 'import random, time\nprint(6 * 7)\nprint(time.time_ns(), random.random())\n',
  });
  const traced = ['trace', '--repeat', '2', '--', '/usr/bin/python3', 'lucky.py'];
  const shell = await run(['sh', '-c', '"$@" > numbers.txt', 'sh', ...cli.program, ...traced], {
    cwd: cli.work,
    env: cli.env,
  });
  expect(shell.stderr).toMatch(/numbers\.txt/);
  expect(shell.code).toBe(0);
  expect(readFileSync(join(cli.work, 'environment.yml'), 'utf8')).toMatch(/numbers\.txt[\s\S]*varies: true/);
  const created = await cli.run(['create', '--name', 'lucky', '--rerun', 'environment.yml']);
  expect(created.stdout).toMatch(/numbers\.txt.*varies on the origin too/i);
  expect(created.code).toBe(0);
});
