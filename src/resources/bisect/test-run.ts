import { reasonOf } from '../../errors.js';
import { collect } from '../../exec.js';
import type { Machine } from '../../machines/machine.js';
import type { Resource } from '../../model/resource.js';
import { runConditions } from '../connect.js';

/** How a test ended: its exit code, or that it took too long; a test that could not be begun has the shell's 126. */
export interface TestRun {
  readonly exit: number | 'timeout';
  /** The end of what it said. */
  readonly said: string;
}

export interface TestRunOptions {
  /** Seconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

const saidLimit = 2000;

/** Runs a test under the conditions of the resource's run; all that it began ends with its machine. */
export async function runTest(
  argv: readonly string[],
  resource: Resource,
  machine: Machine,
  { timeout, signal }: TestRunOptions,
): Promise<TestRun> {
  const { shell } = machine;
  if (!shell) throw new Error(`${machine.label} has no shell`);
  const child = await shell
    .spawn(argv, { ...runConditions(resource), stdin: 'ignore', ...(signal && { signal }) })
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      return reasonOf(error);
    });
  if (typeof child === 'string') return { exit: 126, said: child };
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => {
    clock = setTimeout(() => resolve('timeout'), timeout * 1000);
  });
  const collected = collect(child, undefined, signal);
  try {
    const ended = await Promise.race([collected, late]);
    signal?.throwIfAborted();
    if (ended === 'timeout') return { exit: ended, said: '' };
    const said = Buffer.concat([ended.stdout, ended.stderr]).toString('utf8');
    return { exit: ended.exit.code, said: said.trimEnd().slice(-saidLimit) };
  } finally {
    clearTimeout(clock);
    child.kill('SIGKILL');
    // What became of one that is late is nothing to anybody.
    collected.catch(() => undefined);
  }
}
