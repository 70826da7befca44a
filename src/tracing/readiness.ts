import { machine as architecture } from 'node:os';
import type { Machine } from '../machines/machine.js';
import type { Readiness } from '../model/readiness.js';
import { tracerOf } from './end.js';

/** Why no tracer of this machine could run on another one; undefined where one could. */
export function unfitFor(machine: Machine, name: string): Extract<Readiness, { ready: false }> | undefined {
  if (!machine.shell) {
    return {
      ready: false,
      missing: `no command can run on ${machine.label}`,
      remedy: 'Trace on a machine with a shell.',
    };
  }
  if (machine.processor !== architecture()) {
    return {
      ready: false,
      missing: `${name} of this machine (${architecture()}) cannot run on ${machine.label} (${machine.processor})`,
      remedy: 'Trace on a machine of the same architecture.',
    };
  }
  if (machine.isLocal && tracerOf('self') !== undefined) {
    return {
      ready: false,
      missing:
        'this process is itself being traced (by strace, a debugger or another trace), and a process has one tracer only',
      remedy: 'Run the trace outside the other one.',
    };
  }
  return undefined;
}

/** That the kernel, a container or a debugger forbids it, as the tracer itself said. */
export function forbidden(name: string, said: string): Readiness {
  return {
    ready: false,
    missing: `${name} may not trace here (${said})`,
    remedy:
      'Allow ptrace: outside containers set kernel.yama.ptrace_scope to 1 or less; in one, start it with --cap-add=SYS_PTRACE.',
  };
}
