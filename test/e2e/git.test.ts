import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type GitLock, gitLockSchema } from '../../src/distributions/git/schema.js';
import { freshCli } from '../support/cli.js';
import { rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ archive: true, programs: ['strace', 'mmdebstrap', '/usr/bin/python3', 'git', 'git-annex'] }));

const script = `import subprocess, sys
sys.path.insert(0, 'vendor/library')
import answers
result = open('result.txt', 'w')
print(answers.one(), open('tables/a.csv').read(), open('annexed.dat').read(), open('untracked.py').read(), file=result)
for arguments in (['rev-parse', 'HEAD'], ['describe', '--tags', '--dirty'], ['status', '--short'], ['log', '--format=%H %s']):
    print(subprocess.check_output(['git', *arguments]).decode(), file=result)
`;

it('rebuilds a changed clone with a submodule and an annexed file, in which git itself was used', async () => {
  await using cli = await freshCli();
  const git = (folder: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: join(cli.work, folder),
      env: { ...cli.env, GIT_ALLOW_PROTOCOL: 'file' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    }).trim();
  const write = (path: string, text: string) => {
    mkdirSync(join(cli.work, path, '..'), { recursive: true });
    writeFileSync(join(cli.work, path), text);
  };
  const address = (name: string) => `file://${cli.work}/${name}`;

  git('.', 'init', '--quiet', '--bare', 'library.git');
  git('.', 'clone', '--quiet', address('library.git'), 'library');
  write('library/library/answers.py', 'def one():\n    return 42\n');
  git('library', 'add', '--all');
  git('library', 'commit', '--quiet', '-m', 'a library');
  git('library', 'push', '--quiet', 'origin', 'HEAD');
  git('.', 'init', '--quiet', '--bare', 'analysis.git');
  git('.', 'clone', '--quiet', address('analysis.git'), 'analysis');
  git('analysis', 'submodule', '--quiet', 'add', address('library.git'), 'vendor');
  git('analysis', 'annex', 'init', '--quiet', 'the laptop');
  write('analysis/annexed.dat', 'annexed\n');
  git('analysis', 'annex', 'add', '--quiet', 'annexed.dat');
  write('analysis/run.py', 'print(1)\n');
  write('analysis/tables/a.csv', 'a,b\n1,2\n');
  write('analysis/tables/unused.csv', 'a,b\n3,4\n');
  git('analysis', 'add', '--all');
  git('analysis', 'commit', '--quiet', '-m', 'an analysis');
  git('analysis', 'tag', 'v1');
  git('analysis', 'push', '--quiet', 'origin', 'HEAD');
  git('analysis', 'commit', '--quiet', '--allow-empty', '-m', 'not pushed');
  write('analysis/run.py', script);
  write('analysis/untracked.py', '# untracked\n');
  appendFileSync(join(cli.work, 'analysis/tables/unused.csv'), '5,6\n');
  // As after a while: no file is as new as the index, which git would look into (racy-git).
  execFileSync(
    'find',
    ['.', '-path', './.git', '-prune', '-o', '-type', 'f', '-exec', 'touch', '-d', '2024-01-31', '{}', '+'],
    {
      cwd: join(cli.work, 'analysis'),
    },
  );
  git('analysis', 'status');

  const spec = join(cli.work, 'environment.yml');
  const folder = join(cli.work, 'analysis');
  const command = ['/usr/bin/python3', 'run.py'];
  const result = await cli.must(['trace', '-o', spec, '--', ...command], { cwd: folder });
  const commit = git('analysis', 'rev-parse', 'HEAD');
  expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toContain(commit);
  expect(result.stderr).toContain(`Commit ${commit.slice(0, 12)} is on no remote-tracking branch`);
  const [analysis, library] = lockOf(spec).packages;
  expect(analysis).toMatchObject({ version: commit, changed: ['run.py', 'tables/unused.csv'], certainty: 'repacked' });
  expect(library).toMatchObject({ at: `${folder}/vendor`, changed: [], remotes: [{ hasCommit: true }] });

  const input = { name: 'analysis', files: {}, command };
  await using rebuilt = await rebuild(
    { input, cli, root: undefined, spec, folder, result, digests: new Set() },
    'rootfs',
  );
  const inside = (...argv: string[]) => cli.must(['exec', rebuilt.name, '--', ...argv]);
  expect((await inside('cat', `${folder}/tables/unused.csv`)).stdout).toBe('a,b\n3,4\n5,6\n');
  expect((await inside('git', '-C', folder, 'rev-parse', 'HEAD')).stdout.trim()).toBe(commit);
});

function lockOf(spec: string): GitLock {
  const { distributions } = JSON.parse(readFileSync(join(spec, '../environment.d/lock.json'), 'utf8')) as {
    distributions: { name: string }[];
  };
  return gitLockSchema.parse(distributions.find(({ name }) => name === 'git'));
}
