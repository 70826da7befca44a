import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { rootfsMachine } from '../../src/machines/rootfs/index.js';
import { pathFromText, rootPath } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import type { Backend, CopyOptions } from '../backend.js';
import { makeFolder, refuseForeign } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { nativeDetailsSchema, nativeParameters } from './parameters.js';
import { listIn, undo } from './undo.js';

/** This machine itself, or the one before the colon: what it lacks of an environment is added to it. */
export const native: Backend<typeof nativeParameters> = {
  name: 'native',
  title: 'the machine itself: what it lacks is added after asking, and nothing of it is replaced',
  parameters: nativeParameters,
  async check(host) {
    if (await isRoot(host)) return { ready: true };
    return {
      ready: false,
      missing: `only root may add to ${host.label}`,
      remedy: 'run reproman as root there, or build the environment beside it: --backend rootfs',
    };
  },
  async bootstrap(empty, { host, folder, record }) {
    empty.destroy();
    await refuseForeign(host, folder);
    const token = randomUUID();
    await record({ kind: 'added', id: folder, token });
    await makeFolder(host, folder, token);
    return { folder };
  },
  async adopt({ details }, host, additions) {
    const { distribution, packages, users, groups, entries, commands } = additions;
    const named = packages.map(({ name, version, architecture }) => ({ name, version, architecture }));
    const input = JSON.stringify({ distribution, packages: named, users, groups, entries, commands });
    await runOn(host, ['tee', '--', listIn(folderOf(details))], { input });
  },
  connect: async (_resource, host) => borrowed(host),
  connectCopy,
  async exportTree({ name }, host) {
    throw new ReproError('not-ready', `'${name}' is ${host.label} itself, which is not exported as a whole`, {
      remedy: 'create the environment on another backend, and export that',
    });
  },
  mountPoints: async () => new Set(),
  fixed: () => 'the machine has more than what it was made with',
  undo,
  state: async ({ details }, host) =>
    (await host.files.lstat(pathFromText(folderOf(details)))) ? 'present' : 'missing',
  describe: async (_resource, host) => host.label,
  size: async () => 0,
};

/** What is read of it, and written to memory: of a disk's own files an overlay cannot be kept on that disk. */
async function connectCopy(
  { name }: Resource,
  host: Machine,
  { network, hostFiles = [] }: CopyOptions,
): Promise<Machine> {
  const folder = join('/dev/shm', `reproman-${randomUUID()}`);
  await runOn(host, ['mkdir', '-m', '0700', '--', folder]);
  const what = { tree: rootPath, copy: { folder }, mapping: { kind: 'identity' } as const, label: `a copy of ${name}` };
  return rootfsMachine({ host, ...what, network, hostFiles });
}

/** Whoever connected to the machine closes it. */
function borrowed(host: Machine): Machine {
  return { ...host, async [Symbol.asyncDispose]() {} };
}

async function isRoot(host: Machine): Promise<boolean> {
  const result = await host.shell?.run(['id', '-u']);
  return result?.stdout.toString('latin1').trim() === '0';
}

function folderOf(details: Resource['details']): string {
  return nativeDetailsSchema.parse(details).folder;
}
