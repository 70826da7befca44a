import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { shellCommand } from '../../src/templates/quoting.js';
import { fill, openTemplates } from '../../src/templates/templates.js';
import { needs } from '../support/needs.js';
import { buildWheel, makeEnvironment, pip, python, writeProject } from '../support/python.js';
import { servePythonIndex } from '../support/python-index.js';
import { must, run } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-provision-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a text of `templates/provision` as a stage does. */
async function provision(name: string, words: Readonly<Record<string, readonly string[]>>, files = {}) {
  const work = mkdtempSync(join(folder, 'stage-'));
  for (const [file, content] of Object.entries<string>(files)) writeFileSync(join(work, file), content);
  const quoted = Object.fromEntries(Object.entries(words).map(([key, value]) => [key, shellCommand(value)]));
  const script = fill(await openTemplates().read(`provision/${name}.sh`), quoted);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1' };
  return run(['sh', '-euc', script], { cwd: work, env });
}

describe('git', () => {
  beforeEach(needs({ programs: ['git'] }));

  it('puts the files of a commit in place, from the first remote that has it', async () => {
    const remote = join(folder, "it's a remote");
    mkdirSync(remote);
    const git = (...argv: string[]) => {
      const who = ['-c', 'user.name=a', '-c', 'user.email=a@test'];
      return spawnSync('git', [...who, '-C', remote, ...argv], { encoding: 'utf8' }).stdout.trim();
    };
    git('init', '--quiet');
    writeFileSync(join(remote, 'run.sh'), 'echo yes\n', { mode: 0o755 });
    writeFileSync(join(remote, '.gitattributes'), 'run.sh export-ignore\n');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    const commit = git('rev-parse', 'HEAD');
    const at = join(folder, 'srv/-code');
    const owner = `${process.getuid?.()}:${process.getgid?.()}`;
    const remotes = [`file://${folder}/none`, `file://${remote}`];
    const { code, stderr } = await provision('git', { at: [at], commit: [commit], owner: [owner], remotes });
    expect([code, stderr]).toEqual([0, expect.stringContaining('none')]);
    expect(readFileSync(join(at, 'run.sh'), 'utf8')).toBe('echo yes\n');
    expect(statSync(join(at, 'run.sh')).mode & 0o777).toBe(0o755);
    expect((await provision('git', { at: [at], commit: [commit], owner: [owner], remotes: [] })).code).not.toBe(0);
  });
});

describe('pip', () => {
  beforeEach(needs({ programs: [python, pip] }));

  it('installs the very wheels of an index into a virtual environment, and no others', async () => {
    const source = join(folder, 'helper');
    const wheels = join(folder, 'wheels');
    writeProject(source, 'helper', { version: '1.5', source: 'name = "helper"\n' });
    buildWheel(source, wheels);
    await using index = await servePythonIndex(wheels);
    const environment = join(folder, "it's an env");
    makeEnvironment(environment);
    const words = {
      interpreter: [python],
      into: ['--python', `${environment}/bin/python`],
      indexes: ['--index-url', index.url],
    };
    const [name = ''] = readdirSync(wheels);
    const sum = createHash('sha256')
      .update(readFileSync(join(wheels, name)))
      .digest('hex');
    const asked = (hash: string) => ({ 'requirements.txt': `helper==1.5 --hash=sha256:${hash}\n` });
    const refused = await provision('python', words, asked('0'.repeat(64)));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('HASHES')]);
    expect((await provision('python', words, asked(sum))).stderr).toBe('');
    expect(await must([`${environment}/bin/python`, '-c', 'import helper; print(helper.name)'])).toBe('helper\n');
  });
});
