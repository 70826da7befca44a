import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap'] }));

const create = ['create', '--fresh', '--name', 'victim', 'environment.yml'];
const moments = fileURLToPath(import.meta.resolve('../support/moments.mjs'));
let cli: Cli;
/** What a create does to the world outside, in order. */
let done: string[];

const prepare = shared(async () => {
  cli = await freshCli({ ownTemporary: true });
  const base = await ownBase();
  const packages = 'distributions:\n  - name: debian\n    packages: [base-files, dash, jq]\n';
  const run = '  - { id: one, command: [jq, -n, 1+1], cwd: /srv/a b, user: { uid: 1234, gid: 1234 } }\n';
  writeFiles(cli.work, { 'environment.yml': `version: 1\n${base}\n${packages}runs:\n${run}` });
  await cli.must(create, { env: watched({}) });
  await cli.must(['delete', '--yes', 'victim']);
  rmSync(join(cli.work, 'moments'));
  await cli.must(create, { env: watched({}) });
  await cli.must(['delete', '--yes', 'victim']);
  done = readFileSync(join(cli.work, 'moments'), 'utf8').trim().split('\n');
});
beforeEach(prepare);

afterAll(() => cli?.[Symbol.asyncDispose]());

let running: ChildProcess | undefined;
afterEach(async () => {
  running?.kill('SIGKILL');
  await cli?.run(['delete', '--yes', 'victim']);
});

/** The bare system is made by mmdebstrap once; what it gave is replayed by every later create. */
function watched(more: Readonly<Record<string, string>>): Record<string, string> {
  const own = { MOMENTS_LOG: join(cli.work, 'moments'), MOMENTS_SYSTEM: join(cli.work, 'system.tar') };
  return { NODE_OPTIONS: `--import=${moments}`, ...own, ...more };
}

async function states(): Promise<string[]> {
  const { stdout } = await cli.must(['ls', '--json']);
  return (JSON.parse(stdout) as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`);
}

async function nothingIsLeft(of = cli): Promise<void> {
  await expect.poll(() => remains(of), { timeout: 10_000, interval: 100 }).toEqual([]);
}

describe('a create killed with SIGKILL', () => {
  it('is made again under the same name', async () => {
    for (const what of ['mmdebstrap --verbose', 'tar --extract', 'tar --create']) {
      const at = done.findIndex((moment) => moment.includes(what)) + 1;
      expect(at).toBeGreaterThan(0);
      expect((await cli.run(create, { env: watched({ MOMENTS_AT: String(at) }) })).signal).toBe('SIGKILL');
    }
    await cli.must(create, { env: watched({}) });
    expect((await cli.must(['exec', 'victim', '--', 'jq', '-n', '1+1'])).stdout).toBe('2\n');
    expect(await states()).toEqual(['victim ready']);
    await cli.must(['delete', '--yes', 'victim']);
    await nothingIsLeft();
  });

  it('leaves nothing while the archives are asked', async () => {
    const lock = join(cli.work, 'environment.d');
    rmSync(lock, { recursive: true });
    const begun = start({});
    await reached(begun, () => remains(cli).some((line) => line.includes('/reproman-apt-')));
    begun.kill('SIGKILL');
    await once(begun, 'exit');
    expect(await states()).toEqual([]);
    await cli.must(create, { env: watched({}) });
    await cli.must(['delete', '--yes', 'victim']);
    await nothingIsLeft();
  });
});

describe('two creates of one name at once', () => {
  it('make one resource, and the other says so', async () => {
    const both = await Promise.all([1, 2].map(() => cli.run(create, { env: watched({}) })));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    const refused = both.find(({ code }) => code === 2);
    expect(refused?.stderr).toMatch(/a resource 'victim' on rootfs exists already/);
    expect(await states()).toEqual(['victim ready']);
    expect((await cli.must(['exec', 'victim', '--', 'jq', '-n', '1+1'])).stdout).toBe('2\n');
    await cli.must(['delete', '--yes', 'victim']);
    await nothingIsLeft();
  });
});

describe("an ordinary user's create killed with SIGKILL", () => {
  beforeEach(needs({ programs: ['newuidmap', 'setpriv', 'useradd'] }));

  it('leaves nothing of the ids that only the user namespace has', async () => {
    await using user = await ordinaryUser();
    await using theirs = await freshCli({ user });
    writeFiles(theirs.work, { 'environment.yml': readFileSync(join(cli.work, 'environment.yml'), 'utf8') }, user);
    const begun = start({ NODE_OPTIONS: '' }, theirs);
    const packagesOf = (folder: string) =>
      existsSync(folder) && readdirSync(folder).some((name) => /^mmdebstrap/.test(name));
    let work = '';
    await reached(begun, () => {
      work ||= workFolderIn(join(theirs.env['XDG_DATA_HOME'] ?? '', 'reproman/resources/victim.json')) ?? '';
      return packagesOf(work);
    });
    begun.kill('SIGKILL');
    await once(begun, 'exit');
    await theirs.must(['delete', '--yes', 'victim']);
    expect(existsSync(work)).toBe(false);
    await nothingIsLeft(theirs);
  });
});

function workFolderIn(journal: string): string | undefined {
  const text = existsSync(journal) ? readFileSync(journal, 'utf8') : '{}';
  const { effects = [] } = JSON.parse(text) as { effects?: { kind: string; id: string }[] };
  return effects.find(({ kind }) => kind === 'work-folder')?.id;
}

describe('a create in the middle of its work', () => {
  const data = () => join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
  const stages: [string, Record<string, string>, () => boolean][] = [
    ['the packages are installed', { MOMENTS_SYSTEM: '' }, () => remains(cli).some((line) => line.includes('dpkg '))],
    ['the tree is unpacked', {}, () => existsSync(join(data(), 'trees/victim/tree/usr'))],
  ];

  it.each(stages)('leaves nothing when it is killed while %s', async (_title, env, isThere) => {
    const begun = start(env);
    await reached(begun, isThere);
    begun.kill('SIGKILL');
    await once(begun, 'exit');
    expect(await states()).toEqual(['victim broken']);
    await cli.must(['delete', '--yes', 'victim']);
    await nothingIsLeft();
  });

  it.each(stages)('cleans up by itself when it is asked to end while %s', async (_title, env, isThere) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const begun = start(env);
      await reached(begun, isThere);
      let said = '';
      begun.stderr?.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      begun.kill(signal);
      expect(await once(begun, 'close')).toEqual([code, null]);
      expect(said).toMatch(new RegExp(`stopped by ${signal}; what had been begun was cleaned up\\.\\n$`));
      expect(await states()).toEqual([]);
      await nothingIsLeft();
    }
  });
});

function start(env: Readonly<Record<string, string>>, of = cli): ChildProcess {
  const [program = '', ...args] = [...of.program, ...create];
  running = spawn(program, args, {
    cwd: of.work,
    env: { ...of.env, ...watched(env) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return running;
}

async function reached(child: { readonly exitCode: number | null }, isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before that`);
    await wait(20);
  }
}
