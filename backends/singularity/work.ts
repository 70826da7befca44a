import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isAliveOn } from '../../src/machines/host-process.js';
import type { Machine } from '../../src/machines/machine.js';
import type { IdMapping } from '../../src/machines/rootfs/id-mapping.js';
import { removeTree } from '../../src/machines/rootfs/index.js';
import { pathFromText } from '../../src/model/file-path.js';
import { currentProcess } from '../../src/process-identity.js';
import { endInstance, type Instance } from './instance.js';
import { findTool, type Tool } from './tool.js';

/** Where the instance of `reproman start` is, beside those of connections. */
export function startedWork(folder: string): string {
  return join(folder, 'work', 'started');
}

/** A folder for one connection, named after the process that keeps it; those of processes that were killed go first. */
export async function newWork(folder: string, tool: Tool, mapping: IdMapping, host: Machine): Promise<string> {
  for (const name of await namesOf(folder, host)) {
    const [, pid, started] = /^(\d+)_([\w.-]+)_\w+$/.exec(name) ?? [];
    if (pid === undefined || started === undefined) continue;
    if (!(await isAliveOn(host, { pid: Number(pid), started: started.replace('.', ':') })))
      await endWork({ tool, work: join(folder, 'work', name) }, mapping, host);
  }
  const { pid, started } = host.keeper ?? (await currentProcess());
  return join(folder, 'work', `${pid}_${started.replace(':', '.')}_${randomUUID().slice(0, 8)}`);
}

/** Ends an instance and removes what is its own. */
export async function endWork(instance: Instance, mapping: IdMapping, host: Machine): Promise<void> {
  await endInstance(host, instance);
  await removeTree(instance.work, mapping, host);
}

/** Ends all that runs of a resource. */
export async function endAll(folder: string, mapping: IdMapping, host: Machine): Promise<void> {
  const names = await namesOf(folder, host);
  if (names.length === 0) return;
  const tool = await findTool(host);
  for (const name of names) await endWork({ tool, work: join(folder, 'work', name) }, mapping, host);
}

async function namesOf(folder: string, host: Machine): Promise<readonly string[]> {
  const path = pathFromText(join(folder, 'work'));
  return (await host.files.lstat(path)) ? host.files.list(path) : [];
}
