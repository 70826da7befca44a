import type { Machine } from '../../src/machines/machine.js';
import { insideMapping } from '../../src/machines/rootfs/id-mapping.js';
import { pathToBytes, showPath } from '../../src/model/file-path.js';
import type { HostFile } from '../../src/model/host-file.js';
import type { Resource } from '../../src/model/resource.js';
import type { ConnectOptions, CopyOptions } from '../backend.js';
import { runOn } from '../run-on.js';
import { detailsOf, fakeroot, imageOf } from './build.js';
import { type Instance, pidOf, startInstance } from './instance.js';
import { instanceMachine } from './machine.js';
import type { SingularityDetails } from './parameters.js';
import { findTool } from './tool.js';
import { endWork, newWork, startedWork } from './work.js';

/** What `reproman start` left running; else an instance for this connection alone. */
export async function connect(resource: Resource, host: Machine, options: ConnectOptions = {}): Promise<Machine> {
  const details = detailsOf(resource);
  const label = `singularity ${resource.name}`;
  const started = { tool: await findTool(host), work: startedWork(details.folder) };
  if (!details.building && (await pidOf(host, started)) !== undefined)
    return instanceMachine({ host, instance: started, label, nv: details.nv, dispose: async () => undefined });
  return enter(details, host, { ...options, label, network: true, writable: isWritable(details) });
}

export async function connectCopy(resource: Resource, host: Machine, options: CopyOptions): Promise<Machine> {
  return enter(detailsOf(resource), host, { ...options, label: `a copy of ${resource.name}`, writable: false });
}

/** Lets an instance run until it is stopped: what programs change in a SIF lasts as long. */
export async function start(resource: Resource, host: Machine, options: ConnectOptions = {}): Promise<void> {
  const details = detailsOf(resource);
  const instance = { tool: await findTool(host), work: startedWork(details.folder) };
  if ((await pidOf(host, instance)) !== undefined) return;
  await endWork(instance, details.mapping, host);
  await begin(host, instance, details, { ...options, network: true, writable: isWritable(details) });
}

export async function stop(resource: Resource, host: Machine): Promise<void> {
  const { folder, mapping } = detailsOf(resource);
  await endWork({ tool: await findTool(host), work: startedWork(folder) }, mapping, host);
}

export async function isStarted({ folder }: SingularityDetails, host: Machine): Promise<boolean> {
  return (await pidOf(host, { tool: await findTool(host), work: startedWork(folder) })) !== undefined;
}

function isWritable({ form, building }: SingularityDetails): boolean {
  return building || form === 'sandbox';
}

interface Entering extends ConnectOptions {
  readonly network: boolean;
  readonly writable: boolean;
}

async function enter(details: SingularityDetails, host: Machine, entering: Entering & { label: string }) {
  const { folder, mapping, nv } = details;
  const tool = await findTool(host);
  const instance = { tool, work: await newWork(folder, tool, mapping, host) };
  const dispose = () => endWork(instance, mapping, host);
  try {
    await begin(host, instance, details, entering);
    return await instanceMachine({ host, instance, label: entering.label, nv, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function begin(
  host: Machine,
  instance: Instance,
  details: SingularityDetails,
  { hostFiles = [], warn, network, writable }: Entering,
): Promise<void> {
  const { mapping, nv, building } = details;
  const request = { image: imageOf(details), writable, fakeroot: fakeroot(mapping), network, nv: nv && !building };
  const shown = writable ? await withPlaces(hostFiles, host, details, warn) : hostFiles;
  await startInstance(host, instance, { ...request, hostFiles: shown });
}

/** In a folder that programs may change the engine makes no places to show files of the host at. */
async function withPlaces(
  hostFiles: readonly HostFile[],
  host: Machine,
  details: SingularityDetails,
  warn: ConnectOptions['warn'],
): Promise<readonly HostFile[]> {
  if (hostFiles.length === 0) return hostFiles;
  const script = 'cd -- "$1" && shift && for each; do if [ -e ".$each" ]; then printf 1; else printf 0; fi; done';
  const targets = hostFiles.map(({ target }) => pathToBytes(target).toString('utf8'));
  const inside = insideMapping(details.mapping);
  const { stdout } = await runOn(host, [...inside, 'sh', '-c', script, 'sh', imageOf(details), ...targets]);
  const isThere = (_file: HostFile, index: number) => stdout.toString('latin1')[index] === '1';
  for (const { target } of hostFiles.filter((file, index) => !isThere(file, index)))
    warn?.(`${showPath(target)} of ${host.label} is not shown, for the sandbox has no place for it.`);
  return hostFiles.filter(isThere);
}
