import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import { sha256 } from '../../../src/hash.js';
import { access, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ programs: ['git'] }));
let output: string;
let root: FixtureRoot;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'reproman-secrets-'));
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(output, { recursive: true, force: true });
});

const canary = 'c4n4ry';
const secrets: Readonly<Record<string, string>> = {
  '.env': `PASSWORD=${canary}\n`,
  'deploy/key.pem': `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----\n`,
  'unused/token.txt': `ghp_${canary.repeat(6)}\n`,
};

it('lets no secret that is tracked, or is in an address, reach the spec', async () => {
  const work = '/home/ada/work';
  for (const [name, content] of Object.entries({ ...secrets, 'run.sh': 'echo\n' }))
    await root.file(`${work}/${name}`, content);
  const environment = {
    PATH: process.env['PATH'],
    HOME: output,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: root.folder + work,
      env: environment,
    });
  git('init', '--quiet');
  git('add', '--all', '--force');
  git('commit', '--quiet', '-m', 'one');
  git('remote', 'add', 'origin', `https://ada:${canary}@example.org/work.git`);
  const used = ['run.sh', '.env', 'deploy/key.pem', '.git/config', '.git/HEAD'];
  const trace = traceOf(used.map((name) => access(`${work}/${name}`, 'read')));
  const spec = join(output, 'environment.yml');
  const summary = await capture({ traces: [trace], machine: root.machine, output: spec, options: { repack: 'all' } });

  const left = summary.leftOut.map(({ path }) => path.slice(work.length + 1));
  expect(left).toEqual(expect.arrayContaining(['.env', 'deploy/key.pem', '.git/config']));
  expect(summary.notes.join()).toContain('unused/token.txt: too private to be carried');
  const files = await readdir(output, { recursive: true, withFileTypes: true });
  const contents: Buffer[] = [];
  for (const file of files.filter((each) => each.isFile()))
    contents.push(await readFile(join(file.parentPath, file.name)));
  const text = contents.map((each) => (each[0] === 0x1f ? gunzipSync(each) : each).toString('latin1')).join('\n');
  expect(text).toContain('run.sh');
  expect(text).not.toContain(canary);
  for (const content of Object.values(secrets)) expect(text).not.toContain(sha256(content));
});
