import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must, type RunResult, run } from '../support/run.js';

const base = 'base: { distribution: debian, release: "12", codename: bookworm, architecture: amd64 }\n';
const handWritten = (packages: string) =>
  `version: 1\n${base}distributions:\n  - name: debian\n    packages: ${packages}\n`;

/** One paragraph, no stack trace, the right code, and nothing begun. */
async function refuses(cli: Cli, result: RunResult, code: number, says: RegExp): Promise<void> {
  expect(result.stderr).toMatch(says);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.code).toBe(code);
  expect((await cli.must(['ls', '--json'])).stdout.trim()).toBe('[]');
}

describe('a spec that is not right', () => {
  it.each([
    ['unknown keys, with the place', `${handWritten('[jq]')}pakages: []\n`, /environment\.yml:\d+:\d+.*pakages/],
    ['a spec of version 2', handWritten('[jq]').replace('version: 1', 'version: 2'), /environment\.yml:1:\d+.*version/],
    [
      'path traversal in a package name',
      handWritten('["../../etc/passwd"]'),
      /environment\.yml:\d+:\d+.*Debian package/,
    ],
    [
      'shell metacharacters in a package name',
      handWritten('["jq; touch /tmp/x"]'),
      /environment\.yml:\d+:\d+.*Debian package/,
    ],
    ['an option as a package name', handWritten('["--config=x"]'), /environment\.yml:\d+:\d+.*Debian package/],
    ['text that is no YAML', 'version: [1\n', /environment\.yml:\d+:\d+/],
  ])('refuses %s', async (_title, text, says) => {
    await using cli = await freshCli();
    writeFiles(cli.work, { 'environment.yml': text });
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, says);
  });

  it('refuses a file that is not there', async () => {
    await using cli = await freshCli();
    await refuses(cli, await cli.run(['create', 'nowhere.yml']), 2, /nowhere\.yml/);
  });
});

describe('a place that is not ready', () => {
  beforeEach(needs({ archive: true, programs: ['strace', 'jq', 'mmdebstrap'] }));

  it('says how to get a Docker engine', async () => {
    await using cli = await traced();
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    await refuses(
      cli,
      await cli.run(['create', '--backend', 'docker', 'environment.yml'], { env }),
      3,
      /\/nonexistent\/docker\.sock/,
    );
  });

  it('refuses an environment.d that is missing where the manifest carries files', async () => {
    await using cli = await traced();
    rmSync(join(cli.work, 'environment.d'), { recursive: true });
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, /environment\.d/);
  });

  it.each(['lock.json', 'snapshot'])('refuses a truncated %s', async (part) => {
    await using cli = await traced();
    const folder = join(cli.work, 'environment.d');
    const file = readdirSync(folder).find((name) => name.startsWith(part)) ?? part;
    truncateSync(join(folder, file), 100);
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, new RegExp(file.replaceAll('.', '\\.')));
  });

  it('names the package when what is stored is not what its hash says', async () => {
    await using cli = await traced({ ownStore: true });
    const contents = join(cli.work, 'environment.d', 'contents');
    const stored = (await must(['find', contents, '-type', 'f', '-size', '+0'])).split('\n').filter(Boolean);
    for (const file of stored)
      writeFileSync(
        file,
        readFileSync(file).map((byte) => byte ^ 1),
      );
    const { code, stderr } = await cli.run(['create', 'environment.yml']);
    expect(stderr).toMatch(/hash|SHA-256|not what/i);
    expect([2, 5]).toContain(code);
  });

  it('names archive and package when an archive cannot be reached', async () => {
    await using cli = await traced({ ownStore: true });
    const lock = join(cli.work, 'environment.d', 'lock.json');
    const text = readFileSync(lock, 'utf8').replace(/"uri":\s*"[^"]*"/g, '"uri":"http://127.0.0.1:9/debian"');
    writeFileSync(lock, text);
    const { code, stderr } = await cli.run(['create', 'environment.yml']);
    expect(stderr).toMatch(/127\.0\.0\.1:9/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([3, 5]).toContain(code);
  });
});

describe('a full disk', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['strace', 'jq', 'mmdebstrap'] }));

  it('says so and leaves nothing', async () => {
    await using cli = await traced();
    const small = join(cli.work, 'small');
    mkdirSync(small);
    await must(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
    try {
      const env = { XDG_CACHE_HOME: small };
      await refuses(cli, await cli.run(['create', 'environment.yml'], { env }), 3, /space/);
    } finally {
      await run(['umount', small]);
    }
  });
});

async function traced(options: { ownStore?: boolean } = {}): Promise<Cli> {
  const cli = await freshCli(options);
  writeFiles(cli.work, pipeline.files);
  await cli.must(['trace', '--', ...pipeline.command]);
  return cli;
}
