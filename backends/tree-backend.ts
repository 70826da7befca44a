import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../src/errors.js';
import { isLeftBehind, passingName } from '../src/machines/host-process.js';
import type { Machine } from '../src/machines/machine.js';
import {
  chooseBuildMapping,
  chooseTreeMapping,
  type IdMapping,
  idMappingSchema,
  removeTree,
  rootfsMachine,
  tellWay,
  unpackTree,
  wayIn,
} from '../src/machines/rootfs/index.js';
import { type FilePath, pathFromText, pathToBytes } from '../src/model/file-path.js';
import type { HostFile } from '../src/model/host-file.js';
import { stage } from '../src/model/progress.js';
import type { Readiness } from '../src/model/readiness.js';
import type { Effect, Resource } from '../src/model/resource.js';
import type { Backend, BootstrapContext, ConnectOptions } from './backend.js';
import { chosenPlace, isOwnFolder, makeFolder, refuseForeign, removeOwnFolder } from './own-folder.js';
import { runOn } from './run-on.js';
import { enterAtRest, isThere, packAtRest, sizeAtRest } from './tree-at-rest.js';
import {
  detailsOf,
  imageOf,
  type TreeDetails,
  type TreeParameters,
  treeIn,
  treeNaming,
  treeParameters,
} from './tree-details.js';
import { type Placed, placeHostFiles, readMountPoints } from './tree-host-files.js';

/** What makes a kind of place of folders with a tree in them: how programs get into the tree. */
export interface TreeWay {
  readonly name: string;
  readonly title: string;
  /** Programs share all but the files with the host: its processes, its name, its messages. */
  readonly shared?: boolean;
  /** What shows the tree, or a throwaway copy of it, elsewhere until it is disposed. Without it the tree is entered where it lies. */
  session?(resource: Resource, host: Machine, isThrowaway: boolean): Promise<TreeSession>;
}

export interface TreeSession extends AsyncDisposable {
  readonly tree: string;
}

/** What a backend has whose resources are folders of the host: no daemon, and no right that an ordinary user lacks. */
export function treeBackend(kindOfPlace: TreeWay) {
  const { name, title, shared } = kindOfPlace;
  return {
    name,
    title,
    parameters: treeParameters,
    check: (host) => readinessOf(() => (shared ? requireNamespaces(host, name) : tellWay(host))),
    installs: (host) => readinessOf(() => chooseBuildMapping(host), wholeTrees),
    bootstrap,
    fixed(resource) {
      const details = detailsOf(resource);
      return details.mapping.kind === 'single' && imageOf(details)
        ? 'it is one file, in which all is of one user, and packages have several'
        : undefined;
    },
    async connect(resource, host, { hostFiles = [], users } = {}) {
      if (hostFiles.length === 0) return enter(kindOfPlace, resource, host, { users });
      const { missing, hostFiles: shown } = await placed(resource, host, hostFiles);
      const known = await mountPoints(resource, host);
      const lines = missing.filter((path) => !known.has(path)).map((path) => `${path}\n`);
      const input = pathToBytes(lines.join('') as FilePath);
      if (lines.length > 0) await runOn(host, ['tee', '-a', '--', mountPointsOf(detailsOf(resource))], { input });
      return enter(kindOfPlace, resource, host, { hostFiles: shown, users });
    },
    async connectCopy(resource, host, { network, hostFiles = [], signal }) {
      const shown = hostFiles.length === 0 ? hostFiles : (await placed(resource, host, hostFiles)).hostFiles;
      return enter(kindOfPlace, resource, host, { isThrowaway: true, network, hostFiles: shown, signal });
    },
    async exportTree(resource, host, signal) {
      const tar = await packAtRest(resource, host);
      const abort = () => tar.destroy(new Error('aborted', { cause: signal?.reason }));
      signal?.addEventListener('abort', abort, { once: true });
      return tar.once('close', () => signal?.removeEventListener('abort', abort));
    },
    mountPoints,
    state: async (resource, host) => ((await isThere(resource, host)) ? 'present' : 'missing'),
    naming: treeNaming,
    undo,
    describe: async (resource) => detailsOf(resource).folder,
    size: sizeAtRest,
  } satisfies Backend<typeof treeParameters>;
}

/** Makes a folder for one copy, named after the process that keeps it; those of processes that were killed go first. */
async function copyFolder({ folder, mapping }: TreeDetails, host: Machine): Promise<string> {
  const copies = join(folder, 'copies');
  const present = await host.files.lstat(pathFromText(copies));
  for (const name of present ? await host.files.list(pathFromText(copies)) : []) {
    if (await isLeftBehind(name, host)) await removeTree(join(copies, name), mapping, host);
  }
  const copy = join(copies, await passingName(host));
  await runOn(host, ['mkdir', '-p', '-m', '0700', '--', copy]);
  return copy;
}

async function readinessOf(
  asked: () => Promise<string | IdMapping | undefined>,
  instead = 'use --backend docker',
): Promise<Readiness> {
  try {
    const note = await asked();
    return { ready: true, ...(typeof note === 'string' && { note }) };
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    return { ready: false, missing: error.message, remedy: [error.remedy, instead].filter(Boolean).join('; or ') };
  }
}

/** Programs that are the host's beside their files take namespaces, for proot has them in its hand. */
async function requireNamespaces(host: Machine, name: string): Promise<undefined> {
  if ((await chooseTreeMapping(host)).kind !== 'single') return undefined;
  const entry = await wayIn(host);
  if (entry.kind === 'namespaces') return undefined;
  throw new ReproError('not-ready', `users may make no namespaces here (${entry.refusal}), which ${name} takes`, {
    where: host.label,
    remedy: 'use --backend rootfs, which goes without',
  });
}

/** What needs no users but one. */
const wholeTrees =
  'build it where you have one, and here again from the same store (--store), or bring it over: reproman export, and here ' +
  'reproman import';

async function bootstrap(base: Readable, context: BootstrapContext<TreeParameters>): Promise<Resource['details']> {
  const { host, record, progress, parameters } = context;
  const folder = parameters.folder === undefined ? context.folder : chosenPlace(host, 'folder', parameters.folder);
  await refuseForeign(host, folder);
  const mapping = await chooseTreeMapping(host);
  if (mapping.kind === 'single') {
    const entry = await wayIn(host);
    if (entry.kind === 'proot') progress({ kind: 'note', message: byProot(entry.refusal) });
    progress({ kind: 'note', message: `${alone}; ${await tellWay(host)}` });
  }
  const details: TreeDetails = { folder, tree: treeIn(folder), mapping };
  const token = randomUUID();
  await record({ kind: 'tree', id: folder, at: JSON.stringify(mapping), token });
  await makeFolder(host, folder, token);
  await stage(progress, 'unpack', () => unpackTree(base, details.tree, mapping, host));
  return details;
}

const byProot = (refusal: string) =>
  `users may make no namespaces here (${refusal}): the tree is entered by proot, which takes its time, and shows ` +
  "the host's processes and devices";

const alone =
  'this user has no subordinate ids: all files are its own, whose they are in the environment is kept beside them';

async function undo(effect: Effect, host: Machine): Promise<void> {
  if (effect.kind !== 'tree' || effect.at === undefined || !(await isOwnFolder(effect, host))) return;
  await removeOwnFolder(effect, idMappingSchema.parse(JSON.parse(effect.at)), host);
}

/** Asks the tree at rest, where nothing of the host is shown. */
async function placed(resource: Resource, host: Machine, hostFiles: readonly HostFile[]): Promise<Placed> {
  await using atRest = await enterAtRest(resource, host);
  return placeHostFiles(atRest, hostFiles);
}

function mountPoints(resource: Resource, host: Machine): Promise<ReadonlySet<FilePath>> {
  return readMountPoints(pathFromText(mountPointsOf(detailsOf(resource))), host);
}

function mountPointsOf({ folder }: TreeDetails): string {
  return join(folder, 'mount-points');
}

interface Entering {
  readonly isThrowaway?: boolean;
  readonly network?: boolean;
  readonly users?: ConnectOptions['users'];
  readonly hostFiles?: readonly HostFile[];
  readonly signal?: AbortSignal | undefined;
}

async function enter(
  kindOfPlace: TreeWay,
  resource: Resource,
  host: Machine,
  options: Entering = {},
): Promise<Machine> {
  const { isThrowaway = false, users, ...rest } = options;
  const details = detailsOf(resource);
  const elsewhere = await kindOfPlace.session?.(resource, host, isThrowaway);
  const copy = isThrowaway && !elsewhere ? { folder: await copyFolder(details, host) } : undefined;
  try {
    const machine = await rootfsMachine({
      ...{
        host,
        tree: elsewhere?.tree ?? details.tree,
        mapping: details.mapping,
        image: imageOf(details),
        ...rest,
        ...(copy && { copy }),
        ...(users && { manyIds: users }),
      },
      label: isThrowaway ? `a copy of ${resource.name}` : `${kindOfPlace.name} ${resource.name}`,
      // All that still runs in a copy ends with it.
      shared: kindOfPlace.shared === true && !isThrowaway,
    });
    return elsewhere ? endedWith(machine, elsewhere) : machine;
  } catch (error) {
    await elsewhere?.[Symbol.asyncDispose]();
    // It may be half a copy of the tree: without one the disk stays full.
    if (copy) await removeTree(copy.folder, details.mapping, host).catch(() => undefined);
    throw error;
  }
}

function endedWith(machine: Machine, elsewhere: TreeSession): Machine {
  const dispose = async () => {
    await machine[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  };
  return { ...machine, [Symbol.asyncDispose]: dispose };
}
