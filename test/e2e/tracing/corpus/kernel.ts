import { join } from 'node:path';
import type { Sample } from '../../../support/tracing/comparison.js';
import { buildFixture } from '../../../support/tracing/native-tracer.js';
import { write } from './make.js';

/** Programs of our own that reach for the corners of the system calls. */
export const kernel: readonly Sample[] = [
  fixture('births'),
  fixture('calls'),
  fixture('pointers'),
  fixture('empty-path-flag'),
  fixture('many-files'),
  fixture('datagrams'),
  { ...fixture('lease'), as: 'root' },
  fixture('foreign', '-static', '-no-pie'),
  // Which thread is how far when another replaces the program hangs on time.
  { ...fixture('thread-execs'), isDeterministic: false },
];

function fixture(name: string, ...options: readonly string[]): Sample {
  return {
    name,
    argv: [`./${name}`],
    async prepare(folder) {
      write(folder, { busy: '' });
      await buildFixture(name, join(folder, name), ...options);
    },
    programs: ['gcc'],
    isDeterministic: true,
  };
}
