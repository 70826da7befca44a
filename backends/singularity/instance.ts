import { z } from 'zod';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathFromText, pathToBytes } from '../../src/model/file-path.js';
import type { HostFile } from '../../src/model/host-file.js';
import { runOn } from '../run-on.js';
import { runTool, type Tool } from './tool.js';

/** A running image, whose programs share its namespaces and what they change. */
export interface Instance {
  readonly tool: Tool;
  /** What is its own on the host: its bookkeeping, `/run` of its programs, and what they change where it is a copy. */
  readonly work: string;
}

export interface InstanceRequest {
  /** A SIF or a sandbox. */
  readonly image: string;
  /** Let programs change the image itself; else what they change goes with the instance. */
  readonly writable: boolean;
  /** Enter as root of the user's subordinate ids. */
  readonly fakeroot: boolean;
  readonly network: boolean;
  readonly nv: boolean;
  readonly hostFiles: readonly HostFile[];
}

/** There is one instance to each folder with bookkeeping. */
const instanceName = 'reproman';

export const instanceAddress = `instance://${instanceName}`;

export async function startInstance(host: Machine, { tool, work }: Instance, request: InstanceRequest): Promise<void> {
  const folders = ['config', 'cache', 'tmp', 'overlay', 'run/reproman'].map((name) => `${work}/${name}`);
  await runOn(host, ['mkdir', '-p', '-m', '0755', '--', ...folders]);
  await runOn(host, ['mkdir', '-m', '1777', '--', `${work}/run/lock`]);
  await runTool(host, tool, work, startArguments(request), { cwd: pathFromText(work) });
}

/**
 * Nothing of the host is seen but its kernel, and its name servers where there is a network. Paths of the instance's own
 * are relative: a colon or comma in them would be read as the end of one.
 */
export function startArguments(request: InstanceRequest): string[] {
  const { image, writable, fakeroot, network, nv, hostFiles } = request;
  return [
    ...['--silent', 'instance', 'start', ...(fakeroot ? ['--fakeroot'] : [])],
    ...['--containall', '--no-home', '--no-mount', 'tmp,bind-paths', '--bind', 'run:/run'],
    ...(writable ? ['--writable'] : ['--overlay', 'overlay']),
    ...(network ? [] : ['--net', '--network', 'none']),
    ...(nv ? ['--nv'] : []),
    ...hostFiles.flatMap((file) => ['--mount', mountOf(file)]),
    ...[image, instanceName],
  ];
}

/** Fields as in a line of CSV, so that a path may hold whatever it does. */
function mountOf({ source, target, type }: HostFile): string {
  const fields = ['type=bind', `source=${textOf(source)}`, `destination=${textOf(target)}`];
  if (type !== 'device') fields.push('ro');
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

/** Ends it and all that runs in it; quiet where it does not run. */
export async function endInstance(host: Machine, instance: Instance): Promise<void> {
  const pid = await pidOf(host, instance);
  if (pid === undefined) return;
  const script = `kill -KILL "$1"; i=0; while [ -e "/proc/$1/root/." ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done`;
  await runOn(host, ['sh', '-c', script, 'sh', String(pid)]);
}

/** Undefined where it does not run. */
export async function pidOf(host: Machine, { tool, work }: Instance): Promise<number | undefined> {
  if (!(await host.files.lstat(pathFromText(`${work}/config`)))) return undefined;
  const { stdout } = await runTool(host, tool, work, ['instance', 'list', '--json']);
  return parseInstances(stdout.toString('utf8')).get(instanceName);
}

const instancesSchema = z.object({
  instances: z.array(z.object({ instance: z.string(), pid: z.int().positive() })).nullable(),
});

/** Process ids by names. */
export function parseInstances(json: string): ReadonlyMap<string, number> {
  const { instances } = instancesSchema.parse(JSON.parse(json));
  return new Map((instances ?? []).map(({ instance, pid }) => [instance, pid]));
}

function textOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}
