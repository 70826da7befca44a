import { ReproError, reasonOf } from '../../errors.js';
import { debug } from '../../log.js';
import { pathFromText } from '../../model/file-path.js';
import type { HostFile } from '../../model/host-file.js';
import { diskFiles } from '../disk/files.js';
import { shellOver } from '../local.js';
import type { FileView, Machine, Shell } from '../machine.js';
import { onPlatform } from '../platform.js';
import { shellFileView } from '../shell/files.js';
import { besideTree, type Entered, enterTree } from './enter.js';
import { type Entrance, findEntrance } from './entrance.js';
import { startHolder } from './holder.js';
import type { IdMapping } from './id-mapping.js';
import type { RootfsImage } from './image.js';
import { idsProgram, settleOwners } from './many-ids.js';
import { prootMachine } from './proot/machine.js';
import { removeTree } from './tree.js';
import { wayIn } from './way-in.js';

export { findEntrance } from './entrance.js';
export { chooseMapping, type IdMapping, idMappingSchema, insideMapping } from './id-mapping.js';
export {
  imageFile,
  inMounts,
  type Overlay,
  overlaySchema,
  type RootfsImage,
  refuseMountedElsewhere,
} from './image.js';
export { asRootOfMany, chooseBuildMapping, idsProgram, tellWay } from './many-ids.js';
export { endProcessesIn, runsIn } from './processes.js';
export { packMounted, packTree, removeTree, unpackTree } from './tree.js';
export { asReaderOf, chooseTreeMapping, wayIn } from './way-in.js';

export interface RootfsOptions {
  /** The machine that the tree is on. */
  readonly host: Machine;
  readonly tree: string;
  /** The one that the tree was unpacked in. */
  readonly mapping: IdMapping;
  /** The tree is one file, which is mounted as long as it is needed. */
  readonly image?: RootfsImage | undefined;
  readonly label: string;
  /** Makes the machine a throwaway copy: all writes go to this folder outside the tree and are gone when disposed. */
  readonly copy?: { readonly folder: string };
  /** Whether the host's network and its name servers are there. Default true. */
  readonly network?: boolean;
  /** Leaves what programs see beside files as the host has it: processes, name, messages. They may outlive the machine. */
  readonly shared?: boolean;
  /** Where the mapping is `single`, programs are root of many ids all the same, and can give files away. Not of a copy. */
  readonly manyIds?: 'needed' | 'welcome';
  /** What programs see of the host; their targets are free of links in the tree. */
  readonly hostFiles?: readonly HostFile[];
  /** Ends the making of it; a copy takes its time where there are no namespaces. */
  readonly signal?: AbortSignal | undefined;
}

/** A machine of a tree, with the host's programs beside it. */
export interface RootfsMachine extends Machine {
  /** Starts a program of the host as root of the mapping, whose folder is the tree at rest. */
  readonly beside: Shell['spawn'];
}

/**
 * A tree of a machine, entered with namespaces, or by proot where its user may make none. Its files are those of the tree at rest, read from inside the
 * mapping: without /proc, /dev and /run, which programs see, and with /run/reproman, which lives as long as the machine.
 */
export async function rootfsMachine(options: RootfsOptions): Promise<RootfsMachine> {
  const { host, mapping, image, label, network = true, shared = false, hostFiles = [] } = options;
  const entrance = await findEntrance(host, { tree: options.tree, copy: options.copy?.folder }, label);
  const { tree, copy } = entrance;
  if (copy !== undefined && `${copy}/`.startsWith(`${tree}/`)) {
    throw new ReproError('usage', 'A copy of a tree cannot be kept inside the tree.', { where: copy });
  }
  if (mapping.kind === 'single') {
    const way = await wayIn(host);
    if (way.kind === 'proot' && !shared && options.manyIds !== 'needed')
      return prootMachine(options, entrance, way.programs);
  }
  const ids = await idsFor(options);
  let entered: Promise<Entered> | undefined;
  const enter = () => (entered ??= holdTree());
  const holdTree = async () => {
    const holder = await startHolder({ entrance, mapping, image, label, network, shared, hostFiles });
    return { entrance, holder, mapping, idsProgram: ids };
  };
  const beside: Shell['spawn'] = async (argv, spawnOptions = {}) => besideTree(argv, spawnOptions, await enter());
  const files = await viewOf(options, entrance, { enter, beside });
  return {
    label,
    isLocal: false,
    ...onPlatform(files),
    files,
    beside,
    shell: shellOver(async (argv, spawnOptions = {}) => enterTree(argv, spawnOptions, await enter())),
    async [Symbol.asyncDispose]() {
      // Why it did not start was thrown to who asked for it.
      const started = await entered?.catch(() => undefined);
      await started?.holder[Symbol.asyncDispose]();
      // Whose files are is at rest, as the tree is.
      if (started?.idsProgram !== undefined) await settleOwners(tree, host);
      if (copy !== undefined) await removeCopy(copy, mapping, host);
    },
  };
}

async function idsFor({ manyIds, mapping, image, copy, host }: RootfsOptions): Promise<string | undefined> {
  if (!manyIds || mapping.kind !== 'single' || copy !== undefined || image) return undefined;
  try {
    return await idsProgram(host);
  } catch (error) {
    if (manyIds === 'needed' || !(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    return undefined;
  }
}

/** Through programs of the host, but for what this process may read itself. */
async function viewOf(
  { host, mapping, image, label }: RootfsOptions,
  { tree, copy }: Entrance,
  { enter, beside }: { readonly enter: () => Promise<Entered>; readonly beside: Shell['spawn'] },
): Promise<FileView> {
  if (!host.isLocal || mapping.kind !== 'identity') return shellFileView({ spawn: beside }, label, '.');
  if (copy === undefined && !image) return diskFiles(pathFromText(tree));
  const { pid, atRest } = (await enter()).holder;
  return diskFiles(pathFromText(`/proc/${pid}/root${atRest}`));
}

/** What a lost connection leaves there goes when the next copy is made. */
async function removeCopy(copy: string, mapping: IdMapping, host: Machine): Promise<void> {
  try {
    await removeTree(copy, mapping, host);
  } catch (error) {
    if (host.isLocal) throw error;
    debug('%s of %s stays: %s', copy, host.label, reasonOf(error));
  }
}
