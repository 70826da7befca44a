import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { engineAddress } from '../../src/machines/engine/address.js';
import { containerMachine, containerScratch } from '../../src/machines/engine/container.js';
import { containerAtRest } from '../../src/machines/engine/container-at-rest.js';
import { withEngine } from '../../src/machines/engine/index.js';
import { localMachine } from '../../src/machines/local.js';
import type { FileView, Machine } from '../../src/machines/machine.js';
import { rootfsMachine } from '../../src/machines/rootfs/index.js';
import type { FilePath } from '../../src/model/file-path.js';
import { needs, shared } from '../support/needs.js';
import { withRoot } from '../support/roots.js';
import { must } from '../support/run.js';
import { keepsContract, makeTree } from '../support/view-contract.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['mmdebstrap', 'docker', 'busybox'] }));

const made: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const undo of made.reverse()) await undo();
});

/** An image of a folder, and a container of it that was never started. */
async function createdFrom(folder: string, name: string, idle: readonly string[]): Promise<Docker.Container> {
  const image = `reproman-test-views:${name}`;
  const tar = `${folder}.tar`;
  await must(['tar', '-c', '-f', tar, '--numeric-owner', '-C', folder, '.']);
  await must(['docker', 'import', tar, image]);
  made.push(() => must(['docker', 'rmi', '--force', image]));
  rmSync(tar);
  const tmpfs = `--tmpfs=${containerScratch}:rw,exec`;
  const id = (await must(['docker', 'create', '--network=none', tmpfs, image, ...idle])).trim();
  made.push(() => must(['docker', 'rm', '--force', id]));
  return withEngine(await localMachine(), engineAddress(undefined), async (engine) => engine.getContainer(id));
}

const idle = ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 86400 & wait $!; done"];

async function running(folder: string, name: string): Promise<Machine> {
  const container = await createdFrom(folder, name, idle);
  const options = { start: async () => void (await container.start()), dispose: async () => {} };
  return keep(await containerMachine({ container, label: name, ...options }));
}

function keep<M extends Machine>(machine: M): M {
  made.push(async () => machine[Symbol.asyncDispose]());
  return machine;
}

/** A root with the tree of the contract, and with BusyBox or nothing that could be run. */
async function smallRoot(tools: 'busybox' | 'none'): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'reproman-views-'));
  made.push(async () => rmSync(root, { recursive: true }));
  await must(['chmod', '0755', root]);
  await makeTree(root);
  mkdirSync(`${root}/bin`);
  if (tools === 'none') return root;
  await must(['cp', '-L', (await must(['which', 'busybox'])).trim(), `${root}/bin/busybox`]);
  const applets = (await must(['busybox', '--list'])).trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', `${root}/bin/${applet}`);
  return root;
}

const machines: [string, () => Promise<Machine>][] = [
  [
    'a Debian container',
    async () => {
      const root = await withRoot();
      made.push(async () => root[Symbol.asyncDispose]());
      await makeTree(root.path);
      return running(root.path, 'debian');
    },
  ],
  ['a container with BusyBox and nothing else', async () => running(await smallRoot('busybox'), 'busybox')],
  [
    'a container without a shell, never started',
    async () => {
      const container = await createdFrom(await smallRoot('none'), 'none', ['/nothing']);
      return keep(await containerAtRest({ container, label: 'none' }));
    },
  ],
  [
    'a rootfs',
    async () => {
      const tree = await smallRoot('none');
      return keep(
        await rootfsMachine({ host: await localMachine(), tree, mapping: { kind: 'identity' }, label: 'rootfs' }),
      );
    },
  ],
];

describe.each(machines)('%s', (_name, make) => {
  let files: FileView;
  beforeEach(
    shared(async () => {
      files = (await make()).files;
    }),
  );
  keepsContract(() => files);

  it('walks from the root', async () => {
    const paths: FilePath[] = [];
    const exclude = ['/proc', '/sys', '/dev'].map((path) => path as FilePath);
    for await (const { path } of files.walk('/' as FilePath, { exclude })) paths.push(path);
    expect(paths[0]).toBe('/');
    expect(paths).toContain('/t/etc/caf\xe9');
    expect(paths.some((path) => path.startsWith('/proc/'))).toBe(false);
  });
});
