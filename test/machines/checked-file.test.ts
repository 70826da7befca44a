import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProcess, spawnProcess } from '../../src/exec.js';
import { sha256, sha256OfFile } from '../../src/hash.js';
import { type CheckedFile, checkedFile, isCheckedFile } from '../../src/machines/checked-file.js';
import { localMachine } from '../../src/machines/local.js';
import { unpackTree } from '../../src/machines/rootfs/tree.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checked-'));
  file = join(folder, 'file');
  writeFileSync(file, 'what was kept');
});
afterEach(() => rmSync(folder, { recursive: true }));

function checked(expected: string | Buffer = 'what was kept'): CheckedFile {
  return checkedFile(
    () => open(file),
    async (opened) => {
      if ((await sha256OfFile(opened)).hash !== sha256(expected)) throw new Error('it is damaged');
    },
  );
}

/** What a program reads that is given the descriptor. */
async function readBy(input: CheckedFile): Promise<string> {
  return input.alongside(async (stdin) => {
    const { stdout, exited } = spawnProcess(['cat'], { stdin });
    if (!stdout) throw new Error('no output');
    const [said] = await Promise.all([text(stdout), exited]);
    return said;
  });
}

it('gives the file, as a stream and to a program, each from its beginning', async () => {
  expect(await text(checked())).toBe('what was kept');
  expect(await readBy(checked())).toBe('what was kept');
});

it('fails where the file is damaged, whatever came of the work', async () => {
  await expect(text(checked('what was not'))).rejects.toThrow('it is damaged');
  await expect(readBy(checked('what was not'))).rejects.toThrow('it is damaged');
  const fails = () => Promise.reject(new Error('the work failed'));
  await expect(checked('what was not').alongside(fails)).rejects.toThrow('it is damaged');
  await expect(checked().alongside(fails)).rejects.toThrow('the work failed');
});

it('opens nothing before it is read', async () => {
  let opened = 0;
  const input = checkedFile(
    () => {
      opened++;
      return open(file);
    },
    async () => undefined,
  );
  expect([isCheckedFile(input), opened]).toEqual([true, 0]);
  expect(await text(input)).toBe('what was kept');
  expect(opened).toBe(1);
});

it('is unpacked to a tree, and a damaged one is found out', async () => {
  await using host = await localMachine();
  writeFileSync(join(folder, 'within'), 'content');
  await runProcess(['tar', '--create', `--file=${file}`, '--directory', folder, 'within']);
  const unpack = (tar: CheckedFile, tree: string) => unpackTree(tar, join(folder, tree), { kind: 'identity' }, host);
  await unpack(checked(readFileSync(file)), 'tree');
  expect(readFileSync(join(folder, 'tree/within'), 'utf8')).toBe('content');
  await expect(unpack(checked('another tar'), 'other-tree')).rejects.toThrow('it is damaged');
});
