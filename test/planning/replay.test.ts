import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import { diskFiles } from '../../src/machines/disk/files.js';
import type { Machine, Shell } from '../../src/machines/machine.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { MadeEntry, ReplayStep } from '../../src/model/plan.js';
import { describeOutcome, type ReplayContext, replay } from '../../src/planning/replay.js';

let root: string;
let put: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'replay-'));
  put = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function file(path: string, content: string, kept = true): MadeEntry {
  const entry = { path: path as FilePath, content: sha256(content), mode: 0o644, ...owner, mtime: 0, reason: 'test' };
  return { entry: { kind: 'write', ...entry }, kept };
}

function step(makes: readonly MadeEntry[], changes: Partial<ReplayStep> = {}): ReplayStep {
  const how = { argv: ['./install.sh'], cwd: '/' as FilePath, environment: {}, umask: 0o22, user: owner, exit: 0 };
  return { kind: 'replay', id: 'install', reason: 'test', makes, ...how, ...changes };
}

/** Does a step by what `command` does in the root; notes what is put and removed. */
function done(what: ReplayStep, command: () => Promise<number>) {
  const shell = {
    run: async () => ({
      exit: { code: await command() },
      stdout: Buffer.alloc(0),
      stderr: Buffer.from('one\nno network\n'),
    }),
  } as unknown as Shell;
  const context: ReplayContext = {
    machine: { label: 'a test', files: diskFiles(root as FilePath) } as Machine,
    shell,
    put: async (entries) => void put.push(...entries.map(({ path }) => path)),
    remove: async (paths) => void put.push(...paths.map((path) => `-${path}`)),
    signal: undefined,
  };
  return replay(what, context);
}

const write = async (name: string, text: string) => {
  await writeFile(join(root, name), text);
  await chmod(join(root, name), 0o644);
};

it('takes what a step makes when it is as it was recorded', async () => {
  const outcome = await done(step([file('/tool', 'a tool')]), async () => {
    await write('tool', 'a tool');
    return 0;
  });
  expect(outcome).toEqual({ step: 'install', done: true, equal: 1, restored: [], other: [] });
  expect(put).toEqual([]);
  expect(describeOutcome(outcome)).toBe('step install was done again: 1 of 1 files as recorded');
});

it('puts what came out otherwise in place as it was, and leaves what it has no content of', async () => {
  const outcome = await done(step([file('/stamp', 'then'), file('/large', 'then', false)]), async () => {
    await write('stamp', 'now');
    await write('large', 'now');
    return 0;
  });
  expect(put).toEqual(['/stamp']);
  expect(outcome).toMatchObject({ done: true, equal: 0, restored: ['/stamp'], other: ['/large'] });
  expect(describeOutcome(outcome)).toBe(
    'step install was done again: 0 of 2 files as recorded; put in place as recorded: /stamp; not as recorded, and its content is not in the spec: /large',
  );
});

it('puts all in place where the command fails, and says with which words it did', async () => {
  const outcome = await done(step([file('/tool', 'a tool')]), async () => 6);
  expect(put).toEqual(['/tool']);
  expect(describeOutcome(outcome)).toBe(
    'step install could not be done again (exit code 6, no network): 0 of 1 files as recorded; put in place as recorded: /tool',
  );
});

it('expects the exit code that the command had', async () => {
  expect(await done(step([], { exit: 3 }), async () => 3)).toMatchObject({ done: true });
});

it('does not run what has a masked secret in its command', async () => {
  const outcome = await done(step([], { cannotRun: 'a secret was masked in its command' }), () => {
    throw new Error('it ran');
  });
  expect(outcome).toMatchObject({ done: false, why: 'a secret was masked in its command' });
});

it('sees another mode, another target, and something of another kind, which it takes away first', async () => {
  const at = { ...owner, mtime: 0, reason: 'test' };
  const link: MadeEntry = {
    entry: { kind: 'link', path: '/link' as FilePath, target: 'there' as FilePath, ...at },
    kept: true,
  };
  const folder: MadeEntry = {
    entry: { kind: 'directory', path: '/folder' as FilePath, mode: 0o755, ...at },
    kept: true,
  };
  const outcome = await done(step([file('/mode', 'x'), link, folder]), async () => {
    await write('mode', 'x');
    await chmod(join(root, 'mode'), 0o755);
    await symlink('elsewhere', join(root, 'link'));
    await write('folder', 'a file');
    return 0;
  });
  expect(outcome.restored).toEqual(['/mode', '/link', '/folder']);
  expect(put).toEqual(['-/folder', '/mode', '/link', '/folder']);
});

it('compares folders and links that are as they were', async () => {
  const at = { ...owner, mtime: 0, reason: 'test' };
  const outcome = await done(
    step([
      { entry: { kind: 'directory', path: '/lib' as FilePath, mode: 0o755, ...at }, kept: true },
      { entry: { kind: 'link', path: '/lib/now' as FilePath, target: 'v1' as FilePath, ...at }, kept: true },
    ]),
    async () => {
      await mkdir(join(root, 'lib'));
      await chmod(join(root, 'lib'), 0o755);
      await symlink('v1', join(root, 'lib/now'));
      return 0;
    },
  );
  expect(outcome).toMatchObject({ equal: 2, restored: [] });
});
