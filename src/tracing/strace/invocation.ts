import type { FilePath } from '../../model/file-path.js';
import { shellVariables } from '../redirections.js';
import { syscalls } from './syscalls.js';

/**
 * Signals that come often and end hardly any process. The others must not be silenced: with them strace leaves out that
 * they killed a process, which then seems to run on.
 */
const silentSignals = ['CHLD', 'URG', 'WINCH', 'CONT', 'PROF', 'VTALRM', 'IO'];

/** Longer than any argument that the kernel takes (MAX_ARG_STRLEN), so that none is cut short. */
const stringLimit = 131_072;

/**
 * The arguments of strace(1) up to the command. `-I4`: what the terminal sends is for the command alone, and a stopped
 * job does not stop its tracer. Environments are not shown without `-v`, so none gets into the log.
 */
export function straceArguments(log: FilePath, environment: Readonly<Record<string, string>>): string[] {
  return [
    '-f',
    '--seccomp-bpf',
    '-y',
    '-I4',
    ...['-s', String(stringLimit)],
    ...['-e', `signal=!${silentSignals.join(',')}`],
    ...['-e', 'quiet=attach,personality'],
    ...['-e', `trace=${[...syscalls.keys()].map((name) => `?${name}`).join(',')}`],
    ...['-o', log],
    ...shellVariables(environment),
    '--',
  ];
}
