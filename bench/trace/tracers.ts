import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One way of running a command under trace. */
export interface Candidate {
  readonly name: string;
  readonly isOwn?: boolean;
  /** It stops at every system call: what makes many of them is given to it in small. */
  readonly isSlow?: boolean;
  readonly argv: (folder: string, command: readonly string[]) => readonly string[];
}

/**
 * What no tracer that stops where ours does can be faster than: its filter and its stops, each let go at once. Missing
 * where the kernel has no notifications worth it.
 */
export function bareStops(folder: string): Candidate | undefined {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const own = ['filter', 'calls-native', 'calls-compat'].map((name) => file(`../../src/tracing/native/${name}.c`));
  const program = join(folder, 'stops');
  execFileSync('cc', ['-std=gnu11', '-O2', '-o', program, file('stops.c'), ...own, '-lpthread']);
  const argv = (_: string, command: readonly string[]) => [program, ...command];
  return works([program, 'true']) ? { name: 'stops alone', argv } : undefined;
}

/** Ours in every layer of this kernel, and the peers; `isFull` adds the slow ones. */
export function candidates(program: string, isFull: boolean): readonly Candidate[] {
  const layers = works([program, '--log', '/dev/null', '--layer', 'notify', '--', 'true'])
    ? ['ptrace', 'notify']
    : ['ptrace'];
  const own = layers.map(
    (layer): Candidate => ({
      name: layer,
      isOwn: true,
      argv: (folder, command) => [program, '--log', join(folder, 'log'), '--layer', layer, '--', ...command],
    }),
  );
  return [...own, filteredStrace, ...(isFull ? [plainStrace, ...reprozip()] : [])];
}

export const filteredStrace: Candidate = {
  name: 'strace --seccomp-bpf',
  argv: (folder, command) => [...strace('--seccomp-bpf', folder), ...command],
};

const plainStrace: Candidate = {
  name: 'strace',
  isSlow: true,
  argv: (folder, command) => [...strace('-f', folder), ...command],
};

/** Both are asked for what a trace needs: calls with paths and processes. */
function strace(option: string, folder: string): readonly string[] {
  return ['strace', '-f', option, '-y', '-e', 'trace=%file,%process', '-o', join(folder, 'log'), '--'];
}

/** ReproZip’s C tracer without what its command line does before and after; the start of its Python is in the time. */
function reprozip(): readonly Candidate[] {
  const python = '/usr/bin/python3';
  if (!works([python, '-c', 'from reprozip import _pytracer'])) return [];
  const code = `import os, shutil, sys
from reprozip import _pytracer
database, command = sys.argv[1], sys.argv[2:]
if os.path.exists(database): os.unlink(database)
sys.exit(_pytracer.execute(shutil.which(command[0]), command, os.fsencode(database)))`;
  const argv = (folder: string, command: readonly string[]) => [
    python,
    '-c',
    code,
    join(folder, 'database'),
    ...command,
  ];
  return [{ name: 'ReproZip', isSlow: true, argv }];
}

function works([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
