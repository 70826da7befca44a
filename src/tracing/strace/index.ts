import { ReproError } from '../../errors.js';
import { findProgram } from '../../exec.js';
import { tracerWith } from '../traced-run.js';
import { straceArguments } from './invocation.js';
import { readStraceLog } from './reader.js';
import { checkStrace, installRemedy, straceVersion } from './readiness.js';

/** The tracer that runs a command under `strace -f --seccomp-bpf`. */
export const strace = tracerWith({
  name: 'strace',
  check: checkStrace,
  version: straceVersion,
  async program() {
    const program = findProgram('strace');
    if (program !== undefined) return program;
    throw new ReproError('not-ready', 'strace is not on this machine.', { remedy: installRemedy });
  },
  arguments: ({ log }, { environment }) => straceArguments(log, environment),
  rootOf: (head) => {
    const first = /^(\d+) /.exec(head);
    return first ? Number(first[1]) : undefined;
  },
  waitsItself: false,
  read: readStraceLog,
});
