import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tarMembers } from '../../src/filesystem/tar.js';
import type { Shell } from '../../src/machines/machine.js';
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
  return { lies, shell: shell as unknown as Shell };
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
  const { lies, shell } = machineWith();
  const [ones, ofOnes] = planned('one', 'two');
  const [others, ofOthers] = planned('other');
  const first = await putPackages(shell, ones, '.deb', ofOnes);
  const second = await putPackages(shell, others, '.deb', ofOthers);
  expect(first.files.map((file) => lies.get(file))).toEqual(['content of one', 'content of two']);
  expect(second.files.map((file) => lies.get(file))).toEqual(['content of other']);
  await first[Symbol.asyncDispose]();
  expect([...lies.keys()]).toEqual([dirname(second.files[0] ?? ''), ...second.files]);
  await second[Symbol.asyncDispose]();
  expect(lies.size).toBe(0);
});

it('leaves no package where the machine has not room for all', async () => {
  const { lies, shell } = machineWith(2);
  const [packages, context] = planned('one', 'two');
  await expect(putPackages(shell, packages, '.rpm', context)).rejects.toThrow('No space left');
  expect(lies.size).toBe(0);
});
