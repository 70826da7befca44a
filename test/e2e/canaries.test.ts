import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

const canaries = {
  environment: 'canary-0environment0',
  argument: 'canary-1argument1',
  url: 'canary-2address2',
  key: 'canary3privatekey3',
  netrc: 'canary-4netrc4',
  npmrc: 'canary-5npmrc5',
  remote: 'canary-6remote6',
  loose: 'canary7loosekey7',
};
/** What our own programs are started with while the command runs, itself among them. */
const processes = 'for each in /proc/[0-9]*; do tr "\\0" " " < $each/cmdline; echo; done 2> /dev/null\n';

beforeEach(needs({ archive: true, programs: ['strace', 'git', 'mmdebstrap'] }));

it('lets no secret reach the spec, the carried files, the inventory, a process list or the output', async () => {
  await using cli = await freshCli({ ownStore: true });
  const home = cli.env['HOME'] ?? '';
  const key = (body: string) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
  writeFiles(home, {
    '.ssh/id_ed25519': key(canaries.key),
    '.netrc': `machine example.org login me password ${canaries.netrc}\n`,
    '.npmrc': `//registry.example.org/:_authToken=${canaries.npmrc}\n`,
  });
  const reads =
    'cat ~/.ssh/id_ed25519 ~/.netrc ~/.npmrc deploy.conf > /dev/null\ngit -C repository remote -v > /dev/null\n';
  writeFiles(cli.work, { 'deploy.conf': key(canaries.loose), 'work.sh': `#!/bin/sh\n${reads}${processes}` });
  await must(['git', 'init', '--quiet', join(cli.work, 'repository')]);
  const remote = `https://me:${canaries.remote}@example.org/private.git`;
  await must(['git', '-C', join(cli.work, 'repository'), 'remote', 'add', 'origin', remote]);
  const env = { API_TOKEN: canaries.environment, NODE_DEBUG: 'reproman' };
  const secrets = [`--password=${canaries.argument}`, `https://me:${canaries.url}@example.org/`];
  const traced = await cli.must(['trace', '--carry-inputs', '--', './work.sh', ...secrets], { env });
  const created = await cli.must(['create', '--name', 'canary', 'environment.yml'], { env, code: 6 });
  expect(created.stdout).toMatch(
    /\.netrc: unproved, rule credentials-file: a run read it, and its rule never carries it/,
  );
  const entered = await cli.must(['exec', 'canary', '--', 'sh', '-c', processes], { env });
  const listed = await cli.must(['ls', '--json'], { env });

  const listing = traced.stdout.split('\n');
  expect(listing.filter((line) => line.includes('work.sh') && line.includes(canaries.argument))).not.toEqual([]);
  expect(listing.filter((line) => line.includes(canaries.environment))).toEqual([]);
  const kept = [
    join(cli.work, 'environment.yml'),
    join(cli.work, 'environment.d'),
    cli.env['XDG_DATA_HOME'] ?? '',
    cli.env['XDG_CACHE_HOME'] ?? '',
  ].flatMap(filesBelow);
  expect(kept.length).toBeGreaterThan(1000);
  const contents = kept.map((file): [string, Buffer] => [file, contentOf(file)]);
  const said = [traced.stderr, ...[created, entered, listed].flatMap(({ stdout, stderr }) => [stdout, stderr])].join(
    '\n',
  );
  for (const [what, canary] of Object.entries(canaries)) {
    expect({ what, said: said.split('\n').filter((line) => line.includes(canary)) }).toEqual({ what, said: [] });
    const files = contents.filter(([, content]) => content.includes(canary)).map(([file]) => file);
    expect({ what, files }).toEqual({ what, files: [] });
  }
  for (const name of ['id_ed25519', '.netrc', '.npmrc', 'deploy.conf', 'repository/.git/config'])
    expect(traced.stderr).toContain(name);
});

function filesBelow(path: string): string[] {
  if (path.endsWith('.yml')) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function contentOf(file: string): Buffer {
  const content = readFileSync(file);
  return content.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b])) ? gunzipSync(content) : content;
}
