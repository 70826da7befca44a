import { ReproError } from '../src/errors.js';
import type { Machine, RunOptions, RunResult } from '../src/machines/machine.js';

/** Runs a small program of the host that must succeed. */
export async function runOn(host: Machine, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await host.shell?.run(argv, options);
  if (result?.exit.code === 0) return result;
  const why = result ? lastLine(result) : 'it has no shell';
  throw new ReproError('not-ready', `${argv[0]} failed: ${why}`, {
    where: host.label,
    remedy: 'see that there is space on the disk, and that you may write where the environment is kept',
  });
}

function lastLine({ exit, stderr }: RunResult): string {
  return stderr.toString('utf8').trim().split('\n').at(-1) || `exit code ${exit.code}`;
}
