import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../../src/errors.js';
import type { Machine, RunResult } from '../../src/machines/machine.js';
import {
  chooseMapping,
  idMappingSchema,
  removeTree,
  rootfsMachine,
  tarTree,
  unpackTree,
} from '../../src/machines/rootfs.js';
import { type FilePath, pathFromText, pathToBytes } from '../../src/model/file-path.js';
import type { HostFile } from '../../src/model/host-file.js';
import { stage } from '../../src/model/progress.js';
import type { Readiness } from '../../src/model/readiness.js';
import type { Effect, Resource } from '../../src/model/resource.js';
import { currentProcess, isAlive } from '../../src/process-identity.js';
import type { Backend, BootstrapContext } from '../backend.js';
import { localOnly } from '../local-only.js';
import { type Placed, placeHostFiles, readMountPoints } from './host-files.js';
import { type RootfsDetails, type RootfsParameters, rootfsDetailsSchema, rootfsParameters } from './parameters.js';

/** A folder on the host, entered with namespaces: no daemon, and no right that an ordinary user lacks. */
export const rootfs: Backend<typeof rootfsParameters> = localOnly({
  name: 'rootfs',
  title: 'a folder on this machine, entered with user namespaces',
  parameters: rootfsParameters,
  check,
  bootstrap,
  async connect(resource, host, { hostFiles = [] } = {}) {
    if (hostFiles.length === 0) return enter(resource);
    const { missing, hostFiles: shown } = await placed(resource, hostFiles);
    const known = await mountPoints(resource, host);
    const lines = missing.filter((path) => !known.has(path)).map((path) => `${path}\n`);
    const input = pathToBytes(lines.join('') as FilePath);
    if (lines.length > 0) await run(host, ['tee', '-a', '--', mountPointsOf(detailsOf(resource))], input);
    return enter(resource, { hostFiles: shown });
  },
  async connectCopy(resource, host, { network, hostFiles = [] }) {
    const folder = await copyFolder(detailsOf(resource), host);
    await run(host, ['mkdir', '-p', '-m', '0700', '--', folder]);
    const shown = hostFiles.length === 0 ? hostFiles : (await placed(resource, hostFiles)).hostFiles;
    return enter(resource, { copy: { folder }, network, hostFiles: shown, label: `a copy of ${resource.name}` });
  },
  async exportTree(resource, host, signal) {
    const { tree, mapping } = detailsOf(resource);
    const tar = tarTree(tree, mapping, host);
    const abort = () => tar.destroy(new Error('aborted', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    return tar.once('close', () => signal?.removeEventListener('abort', abort));
  },
  mountPoints,
  undo,
  describe: async (resource) => detailsOf(resource).folder,
  async size(resource) {
    await using machine = await enter(resource);
    const result = await machine.shell?.run(['du', '-sx', '--block-size=1', '/']);
    return Number.parseInt(result?.stdout.toString('latin1') ?? '0', 10) || 0;
  },
});

/** A folder for one copy, named after its process; those of processes that were killed go first. */
async function copyFolder({ folder, mapping }: RootfsDetails, host: Machine): Promise<string> {
  const copies = join(folder, 'copies');
  const present = await host.files.lstat(pathFromText(copies));
  for (const name of present ? await host.files.list(pathFromText(copies)) : []) {
    const [, pid, started] = /^(\d+)_([\w.-]+)_\w+$/.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    if (!(await isAlive({ pid: Number(pid), started: started.replace('.', ':') })))
      await removeTree(join(copies, name), mapping, host);
  }
  const { pid, started } = await currentProcess();
  // Overlay mounts take a colon for the end of a path.
  return join(copies, `${pid}_${started.replace(':', '.')}_${randomUUID().slice(0, 8)}`);
}

async function check(host: Machine): Promise<Readiness> {
  try {
    await chooseMapping(host);
    return { ready: true };
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    return { ready: false, missing: error.message, remedy: error.remedy ?? 'use --backend docker' };
  }
}

async function bootstrap(base: Readable, context: BootstrapContext<RootfsParameters>): Promise<Resource['details']> {
  const { host, record, progress, parameters } = context;
  const folder = parameters.folder ?? context.folder;
  await refuseForeign(host, folder);
  const mapping = await chooseMapping(host);
  const details: RootfsDetails = { folder, tree: join(folder, 'tree'), mapping };
  const token = randomUUID();
  await record({ kind: 'tree', id: folder, at: JSON.stringify(mapping), token });
  await run(host, ['mkdir', '-p', '--', folder]);
  await run(host, ['chmod', '0700', '--', folder]);
  await run(host, ['mkdir', '--', join(folder, markOf(token))]);
  await stage(progress, 'unpack', () => unpackTree(base, details.tree, mapping, host));
  return details;
}

/** A folder that holds something is somebody's: it is neither mixed with ours nor removed later. */
async function refuseForeign(host: Machine, folder: string): Promise<void> {
  const path = pathFromText(folder);
  if (!(await host.files.lstat(path))) return;
  // What cannot be listed may hold something.
  const names = await host.files.list(path).catch(() => undefined);
  if (names?.length === 0) return;
  throw new ReproError('usage', 'the folder for the environment is there already and not empty', {
    where: folder,
    remedy: 'choose another with -b folder=DIR, or remove it',
  });
}

async function undo(effect: Effect, host: Machine): Promise<void> {
  if (effect.kind !== 'tree' || effect.at === undefined) return;
  const folder = pathFromText(effect.id);
  if (!(await host.files.lstat(folder))) return;
  const mapping = idMappingSchema.parse(JSON.parse(effect.at));
  const names = await host.files.list(folder);
  const mark = refuseOthers(effect, names);
  // The mark goes last: a removal that is killed can be taken up again.
  for (const name of names) if (name !== mark) await removeTree(join(effect.id, name), mapping, host);
  await removeTree(effect.id, mapping, host);
}

/** What says that a folder is ours; the journal has the same, so that what a user put there meanwhile is left alone. */
function markOf(token: string): string {
  return `.reproman-${token}`;
}

/** The mark of the folder; undefined where the folder is empty. */
function refuseOthers({ id, token }: Effect, names: readonly string[]): string | undefined {
  const mark = token === undefined ? undefined : markOf(token);
  if (names.length === 0 || (mark !== undefined && names.some((name) => name === mark))) return mark;
  throw new ReproError('usage', 'the folder of the environment holds something that reproman did not put there', {
    where: id,
    remedy: 'move it away, and delete the resource again',
  });
}

/** Asks the tree at rest, where nothing of the host is shown. */
async function placed(resource: Resource, hostFiles: readonly HostFile[]): Promise<Placed> {
  await using atRest = await enter(resource);
  return placeHostFiles(atRest, hostFiles);
}

function mountPoints(resource: Resource, host: Machine): Promise<ReadonlySet<FilePath>> {
  return readMountPoints(pathFromText(mountPointsOf(detailsOf(resource))), host);
}

function mountPointsOf({ folder }: RootfsDetails): string {
  return join(folder, 'mount-points');
}

interface Entering {
  readonly copy?: { readonly folder: string };
  readonly network?: boolean;
  readonly label?: string;
  readonly hostFiles?: readonly HostFile[];
}

function enter(resource: Resource, options: Entering = {}): Promise<Machine> {
  const { tree, mapping } = detailsOf(resource);
  return rootfsMachine({ tree, mapping, label: `rootfs ${resource.name}`, ...options });
}

function detailsOf(resource: Resource): RootfsDetails {
  return rootfsDetailsSchema.parse(resource.details);
}

async function run(host: Machine, argv: readonly string[], input?: Uint8Array): Promise<RunResult> {
  const result = await host.shell?.run(argv, input === undefined ? {} : { input });
  if (result?.exit.code === 0) return result;
  const why = result?.stderr.toString('utf8').trim() ?? 'it has no shell';
  throw new ReproError('not-ready', `the folder for the environment cannot be made: ${why}`, {
    where: host.label,
    remedy: 'choose a folder that you may write to with -b folder=DIR, on a disk with space',
  });
}
