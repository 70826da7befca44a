import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProcess } from '../../src/exec.js';
import type { Machine } from '../../src/machines/machine.js';
import type { IdMapping } from '../../src/machines/rootfs/id-mapping.js';
import { removeTree } from '../../src/machines/rootfs/index.js';

const range = { first: 100_000, count: 65_536 };
const subordinate: IdMapping = { kind: 'subordinate', uids: range, gids: range };

/** A host on which a program ends well when the test says so; what was started is kept. */
function hostWhere(endsWell: (argv: readonly string[]) => boolean, complaint = ''): { host: Machine; ran: string[] } {
  const ran: string[] = [];
  const run = async (argv: readonly string[]) => {
    ran.push(argv.join(' '));
    return { exit: { code: endsWell(argv) ? 0 : 1 }, stdout: Buffer.alloc(0), stderr: Buffer.from(complaint) };
  };
  return { host: { label: 'here', shell: { run } } as unknown as Machine, ran };
}

const usesRange = (argv: readonly string[]) => argv.some((part) => part.startsWith('--map-users'));

it('removes a tree of the user without the range of ids that is gone', async () => {
  const { host, ran } = hostWhere((argv) => !usesRange(argv));
  await removeTree('/home/user/tree', subordinate, host);
  expect(ran.at(-1)).toBe('unshare --user --map-root-user -- rm -rf --one-file-system -- /home/user/tree');
});

it('says what is left of a tree, and the command that removes it', async () => {
  const said = "rm: cannot remove '/x/a': Permission denied\nrm: cannot remove '/x/b': Permission denied\n";
  const { host } = hostWhere(() => false, said);
  await expect(removeTree("/o'x", subordinate, host)).rejects.toMatchObject({
    message: "What is left of the folder cannot be removed: rm: cannot remove '/x/a': Permission denied, and 1 more",
    remedy: `remove it with: sudo rm -rf --one-file-system -- '/o'\\''x'`,
    where: "/o'x",
  });
});

it('removes a tree of root in one go or not at all', async () => {
  const { host, ran } = hostWhere(() => false, 'rm: cannot remove');
  await expect(removeTree('/x', { kind: 'identity' }, host)).rejects.toMatchObject({ kind: 'step-failed' });
  expect(ran).toHaveLength(1);
});

it('removes a tree where rm is that of BusyBox, and not what a link in it leads to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootfs-tree-'));
  mkdirSync(join(folder, "tree/a b/it's"), { recursive: true });
  writeFileSync(join(folder, 'kept'), '');
  writeFileSync(join(folder, 'tree/a b/-n'), '');
  symlinkSync(folder, join(folder, 'tree/out'));
  const run = async (argv: readonly string[]) =>
    argv[0] === 'rm'
      ? {
          exit: { code: 1 },
          stdout: Buffer.alloc(0),
          stderr: Buffer.from("rm: unrecognized option '--one-file-system'"),
        }
      : runProcess(argv);
  const host = { label: 'here', shell: { run } } as unknown as Machine;
  await removeTree(join(folder, 'tree'), { kind: 'identity' }, host);
  expect(readdirSync(folder)).toEqual(['kept']);
  rmSync(folder, { recursive: true });
});
