import type { Readable } from 'node:stream';
import type { Machine } from '../src/machines/machine.js';
import {
  asReaderOf,
  imageFile,
  packMounted,
  packTree,
  type RootfsMachine,
  rootfsMachine,
} from '../src/machines/rootfs/index.js';
import { pathFromText } from '../src/model/file-path.js';
import type { Resource } from '../src/model/resource.js';
import { runOn } from './run-on.js';
import { thenRemove } from './then-remove.js';
import { detailsOf, imageOf, type TreeDetails } from './tree-details.js';

/** Whether the tree is there, as a folder or as one file. */
export async function isThere(resource: Resource, host: Machine): Promise<boolean> {
  const details = detailsOf(resource);
  const path = imageOf(details) ? imageFile(details.folder) : details.tree;
  return (await host.files.lstat(pathFromText(path))) !== undefined;
}

/** The tree where nothing of the host is shown, and only files are asked for. */
export function enterAtRest(resource: Resource, host: Machine): Promise<RootfsMachine> {
  const details = detailsOf(resource);
  const { tree, mapping } = details;
  return rootfsMachine({ host, tree, mapping, image: imageOf(details), label: resource.name });
}

/** The tree as a tar. */
export async function packAtRest(resource: Resource, host: Machine): Promise<Readable> {
  const details = detailsOf(resource);
  const { tree, mapping } = details;
  if (!imageOf(details)) return packTree(tree, mapping, host);
  const machine = await enterAtRest(resource, host);
  return thenRemove(packMounted(machine, tree, mapping, host), async () => machine[Symbol.asyncDispose]());
}

/** The bytes that the tree takes on the disk; of one file, with what was written over it. */
export async function sizeAtRest(resource: Resource, host: Machine): Promise<number> {
  const details = detailsOf(resource);
  if (imageOf(details)) return sizeOfFolder(details, host);
  await using machine = await enterAtRest(resource, host);
  const result = await machine.shell?.run(['du', '-sx', '--block-size=1', '/']);
  return bytesOf(result?.stdout);
}

async function sizeOfFolder({ folder, mapping }: TreeDetails, host: Machine): Promise<number> {
  const argv = [...(await asReaderOf(folder, mapping, host)), 'du', '-s', '--block-size=1', '--', folder];
  const { stdout } = await runOn(host, argv);
  return bytesOf(stdout);
}

function bytesOf(output: Buffer | undefined): number {
  return Number.parseInt(output?.toString('latin1') ?? '', 10) || 0;
}
