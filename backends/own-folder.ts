import { dirname, join, resolve } from 'node:path';
import { ReproError } from '../src/errors.js';
import type { Machine } from '../src/machines/machine.js';
import type { IdMapping } from '../src/machines/rootfs/id-mapping.js';
import { removeTree } from '../src/machines/rootfs/index.js';
import { pathFromText } from '../src/model/file-path.js';
import type { Effect } from '../src/model/resource.js';
import { runOn } from './run-on.js';

/** A place that the user chose with `-b`. On another machine there is no folder that we are in. */
export function chosenPlace(host: Machine, key: string, path: string): string {
  if (host.isLocal || path.startsWith('/')) return resolve(path);
  throw new ReproError('usage', `the path ${path} is not absolute, as it must be on ${host.label}`, {
    remedy: `give it as -b ${key}=/PATH`,
  });
}

/** A folder that holds something is somebody's: it is neither mixed with ours nor removed later. */
export async function refuseForeign(host: Machine, folder: string): Promise<void> {
  const path = pathFromText(folder);
  if (!(await host.files.lstat(path))) return;
  // What cannot be listed may hold something.
  const names = await host.files.list(path).catch(() => undefined);
  if (names?.length === 0) return;
  throw new ReproError('usage', 'the folder for the environment is there already and not empty', {
    where: folder,
    remedy:
      'remove it, or choose another: by the name of the environment, or with -b where there is a parameter for it',
  });
}

/**
 * Makes a resource's folder, once its effect is recorded, with what says that it is ours: for nobody else to enter, nor
 * are the folders above it that are made.
 */
export async function makeFolder(host: Machine, folder: string, token: string): Promise<void> {
  await runOn(host, ['mkdir', '-p', '--', join(folder, markOf(token))], { umask: 0o077 });
  await runOn(host, ['chmod', '0700', '--', folder]);
}

/** Whether a recorded folder is there still; what somebody put in its place is left alone. */
export async function isOwnFolder({ id, token }: Effect, host: Machine): Promise<boolean> {
  if (!(await host.files.lstat(pathFromText(id)))) return false;
  const names: readonly string[] = await host.files.list(pathFromText(id));
  if (names.length === 0 || (token !== undefined && names.includes(markOf(token)))) return true;
  throw new ReproError('usage', 'the folder of the environment holds something that reproman did not put there', {
    where: id,
    remedy: 'move it away, and delete the resource again',
  });
}

/** Removes a folder of ours with all in it. The mark goes last: a removal that is killed can be taken up again. */
export async function removeOwnFolder({ id, token }: Effect, mapping: IdMapping, host: Machine): Promise<void> {
  const mark = token === undefined ? undefined : markOf(token);
  const names: readonly string[] = await host.files.list(pathFromText(id));
  for (const name of names) if (name !== mark) await removeTree(join(id, name), mapping, host);
  await removeTree(id, mapping, host);
}

/** Gives a folder of ours another name; quiet where that was done before. */
export async function renameOwnFolder({ id: from, token }: Effect, { id: to }: Effect, host: Machine): Promise<void> {
  const isThere = async (path: string) => (await host.files.lstat(pathFromText(path))) !== undefined;
  if (token === undefined || !(await isThere(join(from, markOf(token))))) return;
  if (await isThere(to)) {
    throw new ReproError('usage', 'there is a folder already where the environment would be', {
      where: to,
      remedy: 'move it away, or choose another name',
    });
  }
  await runOn(host, ['mv', '--no-target-directory', '--', from, to], { cwd: pathFromText(dirname(from)) });
}

function markOf(token: string): string {
  return `.reproman-${token}`;
}
