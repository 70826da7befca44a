import { join } from 'node:path';
import { findProgram, runProcess } from '../../exec.js';
import type { Machine } from '../../machines/machine.js';
import type { Readiness } from '../../model/readiness.js';
import { scratchFolder } from '../../scratch.js';
import { forbidden, unfitFor } from '../readiness.js';

/** The first strace with --seccomp-bpf. */
const oldest = [5, 3] as const;

export const installRemedy = 'Install it: apt-get install strace';

let version: Promise<string> | undefined;

/** The version of this machine's strace, asked once; `unknown` where there is none. */
export function straceVersion(): Promise<string> {
  version ??= readVersion();
  return version;
}

/** Whether strace is here, is new enough, and may trace. */
export async function checkStrace(machine: Machine): Promise<Readiness> {
  if (findProgram('strace') === undefined) {
    return { ready: false, missing: 'strace is not installed', remedy: installRemedy };
  }
  const found = await straceVersion();
  if (!isNewEnough(found)) {
    return {
      ready: false,
      missing: `strace ${found} is too old: ${oldest.join('.')} or newer is needed`,
      remedy: 'Install a newer one: apt-get install strace',
    };
  }
  const unfit = unfitFor(machine, 'strace');
  if (unfit) return unfit;
  return machine.isLocal ? tryToTrace(found) : { ready: true, version: found };
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

async function readVersion(): Promise<string> {
  const { stdout } = await runProcess(['strace', '--version'], { environment: process.env as Record<string, string> });
  return /version (\d+(?:\.\d+)*)/.exec(stdout.toString())?.[1] ?? 'unknown';
}

/** Traces a command that does nothing: only so is it known whether the kernel, a container or a debugger forbids it. */
async function tryToTrace(found: string): Promise<Readiness> {
  await using scratch = await scratchFolder('probe');
  const probe = ['strace', '-f', '--seccomp-bpf', '-e', 'trace=execve', '-o', join(scratch.path, 'log'), '--', 'true'];
  const { exit, stderr } = await runProcess(probe);
  if (exit.code === 0) return { ready: true, version: found };
  const said = stderr.toString().trim().split('\n').at(-1) ?? '';
  return forbidden('strace', said);
}
