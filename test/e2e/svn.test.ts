import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

const programs = ['strace', 'mmdebstrap', '/usr/bin/python3', 'svn', 'svnadmin'];
beforeEach(needs({ archive: true, programs }));

const script = `import subprocess
result = open('result.txt', 'w')
print(open('table.csv').read(), file=result)
print(subprocess.check_output(['svn', 'info', '--show-item', 'url']).decode(), file=result)
`;

it('rebuilds a changed working copy, in which svn itself was used', async () => {
  await using cli = await freshCli();
  const svn = (folder: string, program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: join(cli.work, folder), env: { ...cli.env }, encoding: 'utf8' }).trim();
  svn('.', 'svnadmin', 'create', 'tools');
  svn('.', 'svn', 'checkout', '--quiet', `file://${cli.work}/tools`, 'work');
  const folder = join(cli.work, 'work');
  for (const name of ['run.py', 'table.csv', 'unused.csv'])
    writeFileSync(join(folder, name), name === 'run.py' ? script : 'a,b\n');
  svn('work', 'svn', 'add', '--quiet', 'run.py', 'table.csv', 'unused.csv');
  svn('work', 'svn', 'commit', '--quiet', '-m', 'one');
  appendFileSync(join(folder, 'table.csv'), '1,2\n');

  const spec = join(cli.work, 'environment.yml');
  const command = ['/usr/bin/python3', 'run.py'];
  const result = await cli.must(['trace', '-o', spec, '--', ...command], { cwd: folder });
  expect(readFileSync(spec, 'utf8')).toContain(`url: file://${cli.work}/tools`);
  const input = { name: 'working-copy', files: {}, command };
  await using rebuilt = await rebuild(
    { input, cli, root: undefined, spec, folder, result, digests: new Set() },
    'rootfs',
  );
  const { stdout } = await cli.must(['exec', rebuilt.name, '--', 'cat', `${folder}/table.csv`, `${folder}/unused.csv`]);
  expect(stdout).toBe('a,b\n1,2\na,b\n');
  const status = await cli.must(['exec', rebuilt.name, '--', 'svn', 'status', folder]);
  expect(status.stdout).toBe(`M       ${folder}/table.csv\n`);
});
