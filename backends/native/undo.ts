import { join } from 'node:path';
import { loadBase } from '../../src/distributions/base-of.js';
import { readIfThere } from '../../src/machines/if-there.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathFromText, pathToBytes, showPath } from '../../src/model/file-path.js';
import type { Effect } from '../../src/model/resource.js';
import { removeAccounts } from '../../src/packaging/host-accounts.js';
import type { UndoOptions } from '../backend.js';
import { isOwnFolder, removeOwnFolder } from '../own-folder.js';
import { additionsSchema, type StoredAdditions } from './parameters.js';

/** Where what was added is taken down, in the resource's folder. */
export function listIn(folder: string): string {
  return join(folder, 'added.json');
}

/** Takes away what was added to the machine, as far as it is as it was put there; tells what stays. */
export async function undo(effect: Effect, host: Machine, { tell = () => undefined }: UndoOptions = {}): Promise<void> {
  if (effect.kind !== 'added' || !(await isOwnFolder(effect, host))) return;
  const text = await readIfThere(host.files, pathFromText(listIn(effect.id)));
  // Cut off before anything was added.
  if (text !== undefined && text.length > 0) {
    const added = additionsSchema.parse(JSON.parse(text.toString('utf8')));
    await removeEntries(added, host, tell);
    for (const why of await removePackages(added, effect.id, host)) tell(`stays: ${why}`);
    await removeAccounts(added, host, tell);
    for (const command of added.commands) tell(`what this command made stays: ${command}`);
  }
  await removeOwnFolder(effect, { kind: 'identity' }, host);
}

async function removeEntries({ entries }: StoredAdditions, host: Machine, tell: (what: string) => void): Promise<void> {
  const found = new Map<FilePath, { readonly type: string; readonly target?: string; readonly hash?: string }>();
  const paths = entries.map(({ path }) => path);
  for await (const [path, entry] of host.files.entries(paths, { hash: true })) if (entry) found.set(path, entry);
  const gone: FilePath[] = [];
  for (const { path, type, target, hash } of entries) {
    const entry = found.get(path);
    if (!entry || type === 'directory') continue;
    if (entry.type === type && entry.target === target && entry.hash === hash) gone.push(path);
    else tell(`stays, for it is not what was put there any more: ${showPath(path)}`);
  }
  await onPaths(['rm', '-f', '--'], gone, host);
  // What others put something into stays.
  const folders = entries.filter(({ type }) => type === 'directory').map(({ path }) => path);
  await onPaths(['rmdir', '--ignore-fail-on-non-empty', '--'], folders.toReversed(), host);
}

async function onPaths(argv: readonly string[], paths: readonly FilePath[], host: Machine): Promise<void> {
  if (paths.length === 0) return;
  const input = Buffer.concat(paths.flatMap((path) => [pathToBytes(path), Buffer.of(0)]));
  await host.shell?.run(['xargs', '-0', '-r', ...argv], { input });
}

async function removePackages(added: StoredAdditions, where: string, host: Machine): Promise<readonly string[]> {
  const { distribution } = added;
  const packages = added.packages.map(({ architecture, ...each }) => ({
    ...each,
    ...(architecture && { architecture }),
  }));
  if (packages.length === 0) return [];
  const { base } = await loadBase(distribution, where);
  return (
    (await base.uninstall?.(packages, { machine: host })) ??
    packages.map(({ name, version }) => `${name} ${version}: packages of ${distribution} are not removed`)
  );
}
