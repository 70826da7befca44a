import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findIndexes } from '../../src/archives/apt/indexes.js';
import { spawnProcess } from '../../src/exec.js';
import { directoryMachine } from '../../src/machines/directory.js';
import { diskFiles } from '../../src/machines/disk/files.js';
import { gatherReadable } from '../../src/machines/gather.js';
import type { FileView, Machine } from '../../src/machines/machine.js';
import { shellFileView } from '../../src/machines/shell/files.js';
import { type FilePath, rootPath } from '../../src/model/file-path.js';

/** Nobody, not even root, can read it. */
const unreadable = '/proc/self/mem' as FilePath;

function machineOf(files: Partial<FileView>): Machine {
  return { label: 'a machine', files } as Machine;
}

it('does not take a database that cannot be read for one that is not there', async () => {
  const files = diskFiles(rootPath);
  expect((await files.gather([unreadable, '/proc/no-such-file'])).size).toBe(0);
  await expect(gatherReadable(machineOf(files), [unreadable, '/proc/no-such-file'])).rejects.toMatchObject({
    kind: 'not-ready',
    message: expect.stringMatching(/\/proc\/self\/mem \(EIO\)$/),
    where: 'a machine',
  });
  expect((await gatherReadable(machineOf(files), ['/proc/no-such-file', '/proc/self'])).size).toBe(0);
});

it.each([
  [`/proc/${process.pid}/mem` as FilePath, expect.stringMatching(/^E(?:IO|ACCES|PERM)$/)],
  ['/proc' as FilePath, 'EISDIR'],
  ['/proc/no-such-file' as FilePath, 'ENOENT'],
])('names why %s cannot be streamed through a shell as node does', async (path, code) => {
  const files = shellFileView({ spawn: async (argv, options) => spawnProcess(argv, options) });
  await expect(files.stream(path).toArray()).rejects.toMatchObject({ code });
});

it('tells that what apt has downloaded cannot be read, and which file of sources', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apt-'));
  await writeFile(join(folder, 'file'), '');
  await using real = await directoryMachine(folder);
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const files: Partial<FileView> = {
    gather: async (_globs, _signal, told) => {
      told?.('/etc/apt/sources.list.d/own.list' as FilePath, 'EACCES');
      return new Map();
    },
    list: () => Promise.reject(denied),
  };
  const { problems } = await findIndexes(machineOf(files), ['amd64']);
  expect(problems).toEqual([
    expect.stringContaining('/etc/apt/sources.list.d/own.list'),
    expect.stringContaining('/var/lib/apt/lists'),
  ]);
  expect((await findIndexes(real, ['amd64'])).problems).toEqual([]);
  await rm(folder, { recursive: true });
});
