import { realpathSync } from 'node:fs';
import { ReproError } from '../errors.js';
import { pathFromText } from '../model/file-path.js';
import type { HostFile } from '../model/host-file.js';
import { diskFiles } from './disk-files.js';
import type { IdMapping } from './id-mapping.js';
import { localMachine, shellOver } from './local.js';
import type { FileView, Machine, Shell } from './machine.js';
import { readPlatform } from './platform.js';
import { besideTree, enterTree } from './rootfs-enter.js';
import { type Holder, startHolder } from './rootfs-holder.js';
import { removeTree } from './rootfs-tree.js';
import { shellFileView } from './shell-files.js';

export { chooseMapping, type IdMapping, idMappingSchema } from './id-mapping.js';
export { removeTree, tarTree, unpackTree } from './rootfs-tree.js';

export interface RootfsOptions {
  readonly tree: string;
  /** The one that the tree was unpacked in. */
  readonly mapping: IdMapping;
  readonly label: string;
  /** Makes the machine a throwaway copy: all writes go to this folder outside the tree and are gone when disposed. */
  readonly copy?: { readonly folder: string };
  /** Whether the host's network and its name servers are there. Default true. */
  readonly network?: boolean;
  /** What programs see of the host; their targets are free of links in the tree. */
  readonly hostFiles?: readonly HostFile[];
}

/**
 * A tree of this machine, entered with namespaces. Its files are those of the tree at rest, read from inside the
 * mapping: without /proc, /dev and /run, which programs see, and with /run/reproman, which lives as long as the machine.
 */
export async function rootfsMachine(options: RootfsOptions): Promise<Machine> {
  const { mapping, label } = options;
  const tree = realFolder(options.tree, label);
  const copy = options.copy && realFolder(options.copy.folder, label);
  if (copy !== undefined && `${copy}/`.startsWith(`${tree}/`)) {
    throw new ReproError('usage', 'A copy of a tree cannot be kept inside the tree.', { where: copy });
  }
  const { network = true, hostFiles = [] } = options;
  let holder: Promise<Holder> | undefined;
  const held = () => (holder ??= startHolder({ tree, mapping, label, copy, network, hostFiles }));
  const files = await viewOf(tree, copy !== undefined, options, held);
  return {
    label,
    isLocal: false,
    platform: await readPlatform(files),
    files,
    shell: shellOver(async (argv, spawnOptions = {}) => enterTree(argv, spawnOptions, await held(), mapping)),
    async [Symbol.asyncDispose]() {
      // Why it did not start was thrown to who asked for it.
      const started = await holder?.catch(() => undefined);
      await started?.[Symbol.asyncDispose]();
      if (copy !== undefined) await removeTree(copy, mapping, await localMachine());
    },
  };
}

async function viewOf(
  tree: string,
  isCopy: boolean,
  { mapping, label }: RootfsOptions,
  held: () => Promise<Holder>,
): Promise<FileView> {
  if (mapping.kind === 'subordinate') {
    const spawn: Shell['spawn'] = async (argv, spawnOptions = {}) =>
      besideTree(argv, spawnOptions, await held(), mapping);
    return shellFileView({ spawn }, label, '.');
  }
  if (!isCopy) return diskFiles(pathFromText(tree));
  const { pid, atRest } = await held();
  return diskFiles(pathFromText(`/proc/${pid}/root${atRest}`));
}

function realFolder(folder: string, label: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new ReproError('usage', `The folder of ${label} is not there.`, { where: folder, cause });
  }
}
