import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tarMembers } from '../../src/filesystem/tar.js';
import { localMachine } from '../../src/machines/local.js';
import { asRootOfMany, packTree, unpackTree } from '../../src/machines/rootfs/index.js';
import { ownersFile } from '../../src/machines/rootfs/owners.js';
import { layerOf } from '../support/images.js';
import { run } from '../support/run.js';

const host = await localMachine();
const alone = { kind: 'single' } as const;
const mayMakeNamespaces = (await run(['unshare', '--user', '--map-root-user', 'true'])).code === 0;

let folder: string;
beforeEach((context) => {
  if (!mayMakeNamespaces) context.skip('no user namespaces here');
  folder = mkdtempSync(join(tmpdir(), 'owners-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const name = 'srv/na\xefve \n"name"';
const tar = layerOf(
  'srv/',
  { name: 'srv/of-root', content: 'x' },
  { name, content: 'y', uid: 1000, gid: 33, mode: 0o4755 },
  { name: 'srv/again', type: 'hardlink', target: name, uid: 1000, gid: 33, mode: 0o4755 },
);

const ownersIn = async (tree: string) => {
  const found: Record<string, string> = {};
  for await (const { path, uid, gid, mode } of tarMembers(packTree(tree, alone, host)))
    found[path] = `${uid}:${gid} ${mode.toString(8)}`;
  return found;
};

it('gives the owners back that a tree of one user cannot have, and names root of what came since', async () => {
  const tree = join(folder, 'tree');
  await unpackTree(Readable.from([tar]), tree, alone, host);
  expect(statSync(join(tree, 'srv/again')).uid).toBe(process.getuid?.());
  writeFileSync(join(tree, 'srv/new'), 'z', { mode: 0o644 });
  const of = '1000:33 4755';
  expect(await ownersIn(tree)).toMatchObject({
    '/srv/of-root': '0:0 644',
    [`/${name}`]: of,
    '/srv/again': of,
    '/srv/new': '0:0 644',
  });
  expect(readFileSync(ownersFile(tree), 'utf8').trim().split('\n')).toHaveLength(2);
});

it('gives the capabilities back that only root may give to a file, and puts none of them on the disk', async () => {
  const tree = join(folder, 'tree');
  const capability = '\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0';
  const attributes = { 'security.capability': capability };
  const ping = layerOf('bin/', { name: 'bin/ping', content: 'x', mode: 0o755, attributes }, { name: 'bin/sh' });
  await unpackTree(Readable.from([ping]), tree, alone, host);
  const { stdout } = await run(['tar', '--xattrs', '--xattrs-include=*', '-cf', '-', '-C', tree, 'bin/ping']);
  expect(stdout).not.toContain('security.capability');
  const found: Record<string, unknown> = {};
  for await (const { path, attributes: own } of tarMembers(packTree(tree, alone, host))) found[path] = own;
  expect(found).toMatchObject({ '/bin/ping': attributes });
  expect(found['/bin/sh']).toBeUndefined();
});

it("is of the user's own group, also in a folder of a project", async (context) => {
  if (process.getuid?.() !== 0) context.skip('needs root');
  chownSync(folder, 0, 50);
  chmodSync(folder, 0o2755);
  const tree = join(folder, 'tree');
  await unpackTree(Readable.from([tar]), tree, alone, host);
  expect([statSync(tree).gid, statSync(join(tree, 'srv/of-root')).gid]).toEqual([0, 0]);
});

it('gives owners back that a command which still runs has given away', async () => {
  const tree = join(folder, 'tree');
  await unpackTree(Readable.from([tar]), tree, alone, host);
  const [program = '', ...words] = await asRootOfMany(alone, host, tree);
  const script = 'chown 5:6 srv/of-root; echo done; read line';
  const child = spawn(program, [...words, 'sh', '-ec', script], { cwd: tree, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    expect(await ownersIn(tree)).toMatchObject({ '/srv/of-root': '5:6 644' });
  } finally {
    child.stdin.end('\n');
    await once(child, 'exit');
  }
});
