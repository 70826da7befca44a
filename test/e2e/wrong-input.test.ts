import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { codename } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must, type RunResult, run } from '../support/run.js';

const base = 'base: { distribution: debian, release: "12", codename: bookworm, architecture: amd64 }\n';
const handWritten = (packages: string) =>
  `version: 1\n${base}distributions:\n  - name: debian\n    packages: ${packages}\n`;
/** Nothing answers at this address. */
const deadProxy = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };

/** One paragraph, no stack trace, the right code, and nothing begun. */
async function refuses(cli: Cli, result: RunResult, code: number, says: RegExp): Promise<void> {
  expect(result.stderr).toMatch(says);
  const said = result.stderr.slice(result.stderr.search(/^reproman \w+: /m));
  expect(said.trimEnd().split('\n')).toHaveLength(1);
  expect(said.length).toBeLessThan(2000);
  expect(result.code).toBe(code);
  expect((await cli.must(['ls', '--json'])).stdout.trim()).toBe('[]');
  const data = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
  const left = await run(['find', join(data, 'trees'), join(data, 'work'), '-mindepth', '1']);
  expect(left.stdout).toBe('');
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
    ['a file that is not there', undefined, /environment\.yml/],
  ])('is refused: %s', async (_title, text, says) => {
    await using cli = await freshCli();
    if (text !== undefined) writeFiles(cli.work, { 'environment.yml': text });
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, says);
  });
});

/** One traced spec, copied for each test that spoils it. */
let origin: Promise<Cli> | undefined;
afterAll(async () => (await origin)?.[Symbol.asyncDispose]());

async function traced(options: { readonly ownStore?: boolean } = {}): Promise<Cli> {
  origin ??= traceOnce();
  const { work } = await origin;
  const cli = await freshCli(options);
  cpSync(work, cli.work, { recursive: true });
  return cli;
}

async function traceOnce(): Promise<Cli> {
  const cli = await freshCli();
  writeFiles(cli.work, pipeline.files);
  await cli.must(['trace', '--', ...pipeline.command]);
  return cli;
}

describe('a spec whose parts are not whole', () => {
  beforeEach(needs({ archive: true, programs: ['strace', 'jq', 'mmdebstrap'] }));

  it('is refused when environment.d is missing and cannot be made again', async () => {
    await using cli = await traced();
    rmSync(join(cli.work, 'environment.d'), { recursive: true });
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, /environment\.d/);
  });

  it.each(['lock.json', 'snapshot'])('is refused when its %s is truncated', async (part) => {
    await using cli = await traced();
    const folder = join(cli.work, 'environment.d');
    const file = readdirSync(folder).find((name) => name.startsWith(part)) ?? part;
    truncateSync(join(folder, file), 100);
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, new RegExp(file.replaceAll('.', '\\.')));
  });

  it('is refused when a package that it carries is not what its hash says', async () => {
    await using cli = await freshCli();
    writeFiles(cli.work, pipeline.files);
    await cli.must(['trace', '--repack', 'all', '--', ...pipeline.command]);
    const { distributions } = JSON.parse(readFileSync(join(cli.work, 'environment.d/lock.json'), 'utf8')) as {
      distributions: { packages: { name: string; repacked?: string }[] }[];
    };
    const { repacked } = distributions.flatMap(({ packages }) => packages).find(({ name }) => name === 'jq') ?? {};
    const [file = ''] = (await must(['find', join(cli.work, 'environment.d'), '-name', `${repacked}*`])).split('\n');
    writeFileSync(
      file,
      readFileSync(file).map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
    );
    await refuses(cli, await cli.run(['create', 'environment.yml']), 2, new RegExp(`${repacked}.*is damaged`));
  });
});

describe('a place that is not ready', () => {
  beforeEach(needs({ archive: true, programs: ['strace', 'jq', 'mmdebstrap'] }));

  it('is refused without a Docker engine, and it is said how to get one', async () => {
    await using cli = await traced();
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const created = await cli.run(['create', '--backend', 'docker', 'environment.yml'], { env });
    await refuses(cli, created, 3, /\/nonexistent\/docker\.sock.*docker\.io/);
  });

  it('names the package of a program that an archive takes, before it makes anything', async () => {
    await using cli = await freshCli();
    const hidden = 'mount -t tmpfs none /usr/lib/apt; PATH=/nonexistent; exec "$@"';
    writeFileSync(join(cli.work, 'tree.tar'), Buffer.from('04224d186470b900000000', 'hex'));
    const within = ['unshare', '--map-root-user', '--mount', 'sh', '-ec', hidden, 'sh'];
    const argv = [...within, ...cli.program, 'import', 'tree.tar', '--name', 'x'];
    const imported = await run(argv, { cwd: cli.work, env: cli.env });
    await refuses(cli, imported, 3, /tree\.tar cannot be read: neither lz4 nor apt is here.*the package.*: lz4/);
  });

  it('names archive and packages when an archive cannot be reached', async () => {
    await using cli = await traced({ ownStore: true });
    const created = await cli.run(['create', 'environment.yml'], { env: deadProxy });
    await refuses(
      cli,
      created,
      5,
      /\d+ packages cannot be had exactly: .* and \d+ more: \S+: it cannot be reached \(connect ECONNREFUSED/,
    );
  });

  it('names the suite of a hand-written spec that no archive has an index of', async () => {
    await using cli = await freshCli({ ownStore: true });
    const text = handWritten('[jq]').replace('bookworm', `no-such-suite-as-${await codename()}`);
    writeFiles(cli.work, { 'environment.yml': text });
    await refuses(
      cli,
      await cli.run(['create', 'environment.yml'], { env: deadProxy }),
      3,
      /No index of no-such-suite\S* could be downloaded from/,
    );
  });
});

describe('words that would be code to a shell', () => {
  beforeEach(needs({ root: true, archive: true, docker: true, programs: ['mmdebstrap'] }));
  const words = '$(touch canary) `touch canary` \'";touch canary; -x &|<>*\n#';

  it.each(['rootfs', 'docker'])('stay what they are on %s', async (backend) => {
    await using cli = await freshCli({ takesBare: true });
    const user = { uid: 0, gid: 0 };
    const run = { id: 'one', command: ['printf', '%s', words], cwd: `/srv/${words.replace('\n', ' ')}`, user };
    const runs = `runs:\n  - ${JSON.stringify(run)}\n`;
    writeFiles(cli.work, { 'environment.yml': `${handWritten('[jq]')}${runs}` });
    const name = `words-${process.pid}`;
    const folder = join(cli.work, words);
    const parameters = backend === 'rootfs' ? ['-b', `folder=${folder}`] : [];
    await cli.must(['create', '--backend', backend, ...parameters, '--name', name, 'environment.yml']);
    expect((await cli.must(['run', name])).stdout).toBe(words);
    expect((await cli.must(['exec', name, '--', 'printf', '%s|', words, ''])).stdout).toBe(`${words}||`);
    expect((await cli.must(['exec', name, '--', 'find', '/', '-xdev', '-name', 'canary'])).stdout).toBe('');
    await cli.must(['delete', '--yes', name]);
    expect(readdirSync(cli.work).filter((each) => each !== 'environment.d')).toEqual(['environment.yml']);
  });
});

describe('a folder without permission', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['strace', 'jq', 'mmdebstrap', 'setpriv'] }));
  /** Root without what makes it pass over permissions. */
  const obedient = [
    'setpriv',
    '--bounding-set=-dac_override,-dac_read_search',
    '--inh-caps=-dac_override,-dac_read_search',
  ];

  it.each<[string, (cli: Cli) => string]>([
    ['the inventory', (cli) => cli.env['XDG_DATA_HOME'] ?? ''],
    ['the store', (cli) => cli.env['XDG_CACHE_HOME'] ?? ''],
  ])('is named when it is that of %s', async (_title, folderOf) => {
    await using cli = await traced({ ownStore: true });
    const folder = folderOf(cli);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o555);
    const created = await run([...obedient, ...cli.program, 'create', 'environment.yml'], {
      cwd: cli.work,
      env: cli.env,
    });
    chmodSync(folder, 0o755);
    await refuses(cli, created, 3, new RegExp(`${escaped(folder)}.*(?:EACCES|permission denied)`));
  });

  it('is named when it is the spec itself', async () => {
    await using cli = await traced();
    chmodSync(join(cli.work, 'environment.yml'), 0);
    const created = await run([...obedient, ...cli.program, 'create', 'environment.yml'], {
      cwd: cli.work,
      env: cli.env,
    });
    await refuses(cli, created, 2, /environment\.yml: no permission to read the spec/);
  });
});

describe('a full disk', () => {
  beforeEach(needs({ root: true, archive: true, programs: ['strace', 'jq', 'mmdebstrap'] }));

  it.each([
    ['the store', 'XDG_CACHE_HOME', '4m', 3],
    ['the environment', 'XDG_DATA_HOME', '64m', 4],
  ])('is named, and nothing is left, when it is that of %s', async (_title, variable, size, code) => {
    await using cli = await traced();
    const small = join(cli.work, 'small');
    mkdirSync(small);
    await must(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);
    try {
      const created = await cli.run(['create', 'environment.yml'], { env: { [variable]: small } });
      await refuses(cli, created, code, /space|full/i);
      // What marks the inventory is drawn once, and stays.
      const kept = ['-not', '-path', '*/store/??/*', '-not', '-name', 'inventory-id'];
      expect(await must(['find', small, '-type', 'f', ...kept])).toBe('');
    } finally {
      await must(['umount', small]);
    }
  });
});

function escaped(text = ''): string {
  return text.replace(/[^\w/]/g, '\\$&');
}
