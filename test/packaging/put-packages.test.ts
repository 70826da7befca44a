import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tarMembers } from '../../src/filesystem/tar.js';
import { localMachine } from '../../src/machines/local.js';
import type { FileView, Machine } from '../../src/machines/machine.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import type { InstallContext } from '../../src/packaging/base-system.js';
import { putPackages } from '../../src/packaging/put-packages.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A machine that has room for so many members: what lies there, by path. */
function machineWith(room = Number.POSITIVE_INFINITY) {
  const lies = new Map<string, string>();
  const shell = {
    async put(root: string, tar: Readable) {
      for await (const { path, content } of tarMembers(tar)) {
        if (lies.size >= room) throw new Error('No space left on device');
        const chunks: Buffer[] = [];
        for await (const chunk of content) chunks.push(chunk);
        lies.set(join(root, path), Buffer.concat(chunks).toString());
      }
    },
    async run(argv: readonly string[]) {
      expect(argv.slice(0, 3)).toEqual(['rm', '-rf', '--']);
      for (const path of [...lies.keys()])
        if (argv.slice(3).some((each) => path === each || path.startsWith(`${each}/`))) lies.delete(path);
      return { exit: { code: 0 }, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    },
  };
  return { lies, machine: { isLocal: false, shell } as unknown as Machine };
}

function planned(...names: string[]): [PlannedPackage[], Pick<InstallContext, 'artifacts' | 'epoch'>] {
  const packages = names.map((name) => ({ name, version: '1' }) as PlannedPackage);
  const artifacts = new Map(
    packages.map((each) => {
      const file = join(folder, each.name);
      writeFileSync(file, `content of ${each.name}`);
      return [each, { file }];
    }),
  );
  return [packages, { artifacts: artifacts as unknown as InstallContext['artifacts'], epoch: 0 }];
}

it('lets two runs put packages onto one machine, of which each removes its own', async () => {
  const { lies, machine } = machineWith();
  const [ones, ofOnes] = planned('one', 'two');
  const [others, ofOthers] = planned('other');
  const first = await putPackages(ones, '.deb', { machine, ...ofOnes });
  const second = await putPackages(others, '.deb', { machine, ...ofOthers });
  expect(first.files.map((file) => lies.get(file))).toEqual(['content of one', 'content of two']);
  expect(second.files.map((file) => lies.get(file))).toEqual(['content of other']);
  await first[Symbol.asyncDispose]();
  expect([...lies.keys()]).toEqual([dirname(second.files[0] ?? ''), ...second.files]);
  await second[Symbol.asyncDispose]();
  expect(lies.size).toBe(0);
});

it('leaves no package where the machine has not room for all', async () => {
  const { lies, machine } = machineWith(2);
  const [packages, context] = planned('one', 'two');
  await expect(putPackages(packages, '.rpm', { machine, ...context })).rejects.toThrow('No space left');
  expect(lies.size).toBe(0);
});

it('removes from a host what a process that was killed left there, and nothing else', async () => {
  const { lies, machine: other } = machineWith();
  const { files } = await localMachine();
  const [packages, context] = planned('one');
  const own = await putPackages(packages, '.deb', { machine: { ...other, isLocal: true, files }, ...context });
  const ofUs = dirname(own.files[0] ?? '');
  const gone = spawnSync('true').pid;
  const left = ofUs.replace(/packages-\d+_/, `packages-${gone}_`);
  const foreign = '/run/reproman/packages-of-mine';
  for (const folderThere of [left, foreign]) lies.set(`${folderThere}/0.deb`, 'left');
  const names = new Set([...lies.keys()].map((path) => basename(dirname(path))));
  const there = { ...files, lstat: async () => ({}), list: async () => [...names] } as unknown as FileView;
  const next = await putPackages(packages, '.deb', { machine: { ...other, isLocal: true, files: there }, ...context });
  expect([...lies.keys()].filter((path) => path.endsWith('.deb'))).toEqual([
    ...own.files,
    `${foreign}/0.deb`,
    ...next.files,
  ]);
});
